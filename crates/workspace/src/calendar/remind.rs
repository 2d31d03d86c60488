//! Reminders.

use gantry_accounts::streams::notify_user;
use gantry_accounts::users::{self, view};
use gantry_kernel::prelude::*;
use gantry_protocol::objects::User;

use super::event::{self, Event, Held};

const MINUTE: i64 = 60_000;

/// How late a reminder may be, after the event has begun: a server that was away reminds of nothing that is over.
const GRACE: i64 = 5 * MINUTE;

/// Reminds everybody whose time has come. The note is sent after it is written down that it was: nobody is
/// reminded twice.
pub(super) async fn remind(kernel: &Arc<Kernel>) -> Result<()> {
    let now = kernel.clock.now();
    // A reminder comes with the minute in which it is due, as people set it.
    let until = Timestamp::from_millis((now.millis().div_euclid(MINUTE) + 1) * MINUTE);
    let due =
        kernel.db.read::<_, Error, _>(async move |tx| Ok(!event::due(tx, until).await?.is_empty())).await?;
    if !due {
        return Ok(());
    }
    let reminded = kernel
        .db
        .write::<_, Error, _>(async move |tx| {
            let mut reminded = Vec::new();
            for event in event::due(tx, until).await? {
                // It may have been put off meanwhile.
                let Some(Held { mut event, .. }) = event::lock(tx, &event.id).await? else { continue };
                if event.notification_sent || event.reminder_time.is_none_or(|time| time >= until) {
                    continue;
                }
                event.notification_sent = true;
                event::mark_reminded(tx, &event).await?;
                let last = event.reminder_time.map_or(event.start_time, |time| time.max(event.start_time));
                if last.plus_millis(GRACE) >= now
                    && let Some(user) = users::by_id(tx, &event.uid).await?
                {
                    reminded.push((user, event));
                }
            }
            Ok(reminded)
        })
        .await?;
    for (user, event) in reminded {
        if view::preference(kernel, &user, "notifyCalendarEvents") == Some(Value::Bool(true)) {
            tell(kernel, &user, &event);
        }
    }
    Ok(())
}

fn tell(kernel: &Kernel, user: &User, event: &Event) {
    let offset = user.utc_offset.as_ref().and_then(serde_json::Number::as_f64).unwrap_or(0.0);
    let note = json!({
        "title": event.subject,
        "text": clock_face(event.start_time, offset),
        "payload": { "_id": event.id, "startTimeUtc": event.start_time.to_iso() },
    });
    notify_user(kernel, &user.id, "calendar", &note);
}

/// The time of the day `offset` hours east of Greenwich: `9:05 AM`.
fn clock_face(time: Timestamp, offset: f64) -> String {
    let shift = (offset.clamp(-24.0, 24.0) * 60.0) as i64;
    let minutes = (time.millis().div_euclid(MINUTE) + shift).rem_euclid(24 * 60);
    let (hour, minute) = (minutes / 60, minutes % 60);
    let half = if hour < 12 { "AM" } else { "PM" };
    format!("{}:{minute:02} {half}", (hour + 11) % 12 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_their_own_time() {
        let at = |hour: i64, minute: i64| Timestamp::from_millis((hour * 60 + minute) * MINUTE);
        assert_eq!(clock_face(at(9, 5), 0.0), "9:05 AM");
        assert_eq!(clock_face(at(0, 0), 0.0), "12:00 AM");
        assert_eq!(clock_face(at(12, 30), 0.0), "12:30 PM");
        assert_eq!(clock_face(at(1, 0), -3.0), "10:00 PM");
        assert_eq!(clock_face(at(20, 0), 5.5), "1:30 AM");
    }
}
