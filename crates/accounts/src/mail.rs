//! Mail that accounts want to send.

/// A mail to be sent after the commit; whoever can send mail listens for it.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
}
