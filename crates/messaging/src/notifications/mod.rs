//! Telling people of messages: on the screen while they are connected, by mail while they are not.
//! Upstream: `apps/meteor/app/lib/server/lib/sendNotificationsOnMessage.ts`.

mod desktop;
mod email;
pub mod highlights;
mod preferences;
mod rules;

use std::collections::BTreeSet;

use gantry_accounts::users;
use gantry_accounts::users::events::PreferencesChanged;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::{RoomType, Subscription, User, UserStatus};

use self::rules::To;
use crate::events::MessageSaved;
use crate::messages::prepare::mentioned_people;
use crate::subscriptions::rows as subs;

/// Messages older than this are not told of: they were imported.
const RECENT: i64 = 60_000;

/// Starts listening.
pub fn listen(kernel: &Arc<Kernel>) {
    kernel.events.on_later::<MessageSaved, _>(|kernel, event| {
        Box::pin(async move {
            if let Err(error) = message_saved(kernel, event).await {
                tracing::error!(%error, "people could not be told of a message");
            }
        })
    });
    kernel.events.on::<PreferencesChanged, _>(|kernel, event| {
        Box::pin(async move {
            if let Err(error) = preferences::changed(kernel, event).await {
                tracing::error!(%error, "preferences could not be taken over to rooms");
            }
        })
    });
}

async fn message_saved(kernel: &Arc<Kernel>, event: &MessageSaved) -> Result<()> {
    let message = &event.message;
    let of_people = message.t.as_deref().is_none_or(|t| t == "e2e");
    let recent = (kernel.clock.now().millis() - message.ts.millis()).abs() <= RECENT;
    if !event.new || !of_people || !recent || kernel.settings.get(keys::Troubleshoot_Disable_Notifications) {
        return Ok(());
    }
    let mut told = Told::new(kernel, event);
    let rid = event.room.id.clone();
    // In a crowd only those count whom the message names: nobody asks of each member whether they listen.
    let crowded = told.to.crowded;
    let connected = if crowded { Vec::new() } else { told.connected(kernel, event) };
    let nobody_there =
        if crowded { kernel.hub.membership().members(&rid).is_empty() } else { connected.is_empty() };
    if nobody_there && !told.mails {
        return Ok(());
    }
    let (mails, everybody, named) = (told.mails, told.everybody, told.named.clone());
    let (text, hub) = (message.clone(), kernel.clone());
    let (mentioned, members, people) = Ctx::internal(kernel)
        .read(async move |tx| {
            let mentioned = mentioned_people(tx, &text).await?;
            let mut uids: BTreeSet<String> = connected.iter().cloned().collect();
            if mails || crowded {
                let attentive = subs::attentive(tx, &rid).await?.into_iter().map(|(uid, _)| uid);
                let named = attentive.chain(named.iter().cloned()).chain(mentioned.iter().cloned());
                uids.extend(named.filter(|uid| mails || desktop::listens(&hub, uid)));
                if everybody {
                    uids.extend(subs::member_ids(tx, &rid).await?);
                }
            }
            let uids: Vec<String> = uids.into_iter().collect();
            if uids.is_empty() {
                return Ok((mentioned, Vec::new(), Vec::new()));
            }
            Ok((mentioned, subs::find_many(tx, &rid, &uids).await?, users::by_ids(tx, &uids).await?))
        })
        .await?;
    told.mentioned = mentioned;
    for member in &members {
        if let Some(user) = people.iter().find(|user| user.id == member.u.id) {
            told.tell(kernel, event, member, user);
        }
    }
    Ok(())
}

/// One message on its way to people.
struct Told {
    to: To,
    /// Members whom the message mentions, by themselves or by their team.
    mentioned: Vec<String>,
    /// Followers of its thread.
    followers: Vec<String>,
    /// Those followers, and both sides of a direct room.
    named: Vec<String>,
    /// Mail is sent at all.
    mails: bool,
    /// Every member may get a mail.
    everybody: bool,
    desktop_default: String,
    mail_default: String,
}

impl Told {
    fn new(kernel: &Kernel, event: &MessageSaved) -> Self {
        let (message, room, settings) = (&event.message, &event.room, &kernel.settings);
        let limit = settings.get(keys::Notifications_Max_Room_Members);
        let group = |name: &str| message.mentions.iter().flatten().any(|mention| mention.id == name);
        let to = To {
            crowded: limit > 0 && room.users_count > limit,
            direct: room.t == RoomType::Direct,
            in_thread: message.tmid.is_some() && message.tshow != Some(true),
            all: group("all"),
            here: group("here"),
            ..To::default()
        };
        let followers: Vec<String> = if message.tmid.is_some() { event.touched.clone() } else { Vec::new() };
        let mut named = followers.clone();
        if to.direct {
            named.extend(room.uids.iter().flatten().cloned());
        }
        let mail_default =
            settings.text_by_id("Accounts_Default_User_Preferences_emailNotificationMode").to_string();
        let mails = settings.get(keys::Accounts_AllowEmailNotifications)
            && gantry_accounts::mail::is_configured(kernel);
        Self {
            everybody: mails && !to.crowded && (to.all || mail_default == "all"),
            to,
            mentioned: Vec::new(),
            followers,
            named,
            mails,
            desktop_default: settings
                .text_by_id("Accounts_Default_User_Preferences_desktopNotifications")
                .to_string(),
            mail_default,
        }
    }

    /// Members who look for notifications right now and may be told.
    fn connected(&self, kernel: &Kernel, event: &MessageSaved) -> Vec<String> {
        let members = kernel.hub.membership().members(&event.room.id);
        let others = members.iter().filter(|uid| ***uid != *event.message.u.id);
        others.filter(|uid| desktop::listens(kernel, uid)).map(|uid| uid.to_string()).collect()
    }

    fn tell(&self, kernel: &Arc<Kernel>, event: &MessageSaved, member: &Subscription, user: &User) {
        let uid = &user.id;
        let message = &event.message;
        let ignores = member.ignored.iter().flatten().any(|ignored| *ignored == message.u.id);
        if *uid == message.u.id || ignores || member.disable_notifications == Some(true) || !user.active {
            return;
        }
        if self.to.direct && !kernel.permissions.has(&user.roles, "view-d-room") {
            return;
        }
        let words = member.user_highlights.as_deref().unwrap_or_default();
        let to = To {
            mentioned: self.mentioned.contains(uid),
            follows: self.followers.contains(uid),
            highlighted: highlights::found_in(&message.msg, words),
            ..self.to
        };
        let muted = member.mute_group_mentions == Some(true) && (to.all || to.here);
        if muted && !to.mentioned && !to.follows {
            return;
        }
        // In a crowd, a wish for all messages counts only if it was made for this room.
        let wish = |wish: &Option<String>, origin: &Option<String>| {
            let general = to.crowded && origin.as_deref() == Some("user") && wish.as_deref() == Some("all");
            wish.clone().filter(|_| !general)
        };
        let desktop = wish(&member.desktop_notifications, &member.desktop_pref_origin);
        let busy = user.status == Some(UserStatus::Busy);
        if desktop::listens(kernel, uid) && to.desktop(desktop.as_deref(), &self.desktop_default, busy) {
            desktop::send(kernel, event, member);
        }
        let mail = wish(&member.email_notifications, &member.email_pref_origin);
        let online = user.status_connection == Some(UserStatus::Online);
        if self.mails && to.mail(mail.as_deref(), &self.mail_default, online) {
            email::send(kernel, event, user, to.mentioned);
        }
    }
}
