//! Who is told of a message, and by which way.
//! Upstream: `shouldNotifyDesktop` and `shouldNotifyEmail` in `apps/meteor/app/lib/server/functions/notifications/`.

/// What a message is to one member.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct To {
    /// The room has more members than `Notifications_Max_Room_Members`: only what names the member counts.
    pub(super) crowded: bool,
    /// The room is direct.
    pub(super) direct: bool,
    /// The message is a reply that stays in its thread.
    pub(super) in_thread: bool,
    /// `@all`.
    pub(super) all: bool,
    /// `@here`.
    pub(super) here: bool,
    /// The member is mentioned.
    pub(super) mentioned: bool,
    /// The message has one of the member's words.
    pub(super) highlighted: bool,
    /// The member follows the thread.
    pub(super) follows: bool,
}

impl To {
    fn personal(self) -> bool {
        self.highlighted || self.mentioned || self.follows
    }

    /// The part that both ways share. `everybody`: a mention that calls this way's members.
    fn calls(self, wish: Option<&str>, everybody: bool) -> bool {
        let called = self.direct
            || (!self.crowded && everybody)
            || self.highlighted
            || wish == Some("all")
            || self.mentioned
            || self.follows;
        called && (self.highlighted || !self.in_thread || self.follows)
    }

    /// Whether a connected member sees a notification. `wish` is their preference for the room, `otherwise` the
    /// workspace's.
    pub(super) fn desktop(self, wish: Option<&str>, otherwise: &str, busy: bool) -> bool {
        if busy || wish == Some("nothing") || (self.crowded && wish.is_none() && !self.personal()) {
            return false;
        }
        match (wish, otherwise) {
            (None, "all") if !self.in_thread || self.follows => true,
            (None, "nothing") => false,
            _ => self.calls(wish, self.all || self.here),
        }
    }

    /// Whether a member who is not there gets a mail.
    pub(super) fn mail(self, wish: Option<&str>, otherwise: &str, online: bool) -> bool {
        if online || wish == Some("nothing") {
            return false;
        }
        if wish.is_none() && ((self.crowded && !self.personal()) || otherwise == "nothing") {
            return false;
        }
        self.calls(wish, self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: To = To {
        crowded: false,
        direct: false,
        in_thread: false,
        all: false,
        here: false,
        mentioned: false,
        highlighted: false,
        follows: false,
    };

    #[test]
    fn a_plain_message_is_for_those_who_want_all() {
        assert!(PLAIN.desktop(Some("all"), "mentions", false));
        assert!(PLAIN.desktop(None, "all", false));
        assert!(!PLAIN.desktop(None, "mentions", false));
        assert!(!PLAIN.desktop(Some("mentions"), "all", false));
        assert!(!PLAIN.mail(None, "mentions", false));
        assert!(PLAIN.mail(Some("all"), "mentions", false));
    }

    #[test]
    fn nothing_means_nothing_and_busy_people_are_left_alone() {
        let mention = To { mentioned: true, direct: true, ..PLAIN };
        assert!(!mention.desktop(Some("nothing"), "all", false));
        assert!(!mention.desktop(Some("all"), "all", true));
        assert!(!mention.mail(None, "nothing", false));
        assert!(!mention.mail(Some("all"), "mentions", true), "they are there");
    }

    #[test]
    fn here_is_for_people_who_are_there() {
        let here = To { here: true, ..PLAIN };
        assert!(here.desktop(Some("mentions"), "all", false));
        assert!(!here.mail(Some("mentions"), "mentions", false));
        assert!(To { all: true, ..PLAIN }.mail(Some("mentions"), "mentions", false));
    }

    #[test]
    fn in_a_crowd_only_what_names_somebody_counts() {
        let crowd = To { crowded: true, all: true, ..PLAIN };
        assert!(!crowd.desktop(None, "all", false));
        assert!(!crowd.desktop(Some("mentions"), "all", false));
        assert!(To { mentioned: true, ..crowd }.desktop(Some("mentions"), "all", false));
        assert!(To { highlighted: true, ..crowd }.mail(None, "mentions", false));
    }

    #[test]
    fn replies_reach_followers() {
        let reply = To { in_thread: true, ..PLAIN };
        assert!(!reply.desktop(None, "all", false));
        assert!(!reply.desktop(Some("all"), "all", false));
        assert!(To { follows: true, ..reply }.desktop(Some("mentions"), "all", false));
        assert!(To { highlighted: true, ..reply }.desktop(Some("mentions"), "all", false));
    }
}
