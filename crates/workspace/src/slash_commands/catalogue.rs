//! The commands that there are. Upstream: `apps/meteor/app/slashcommands-*/server`.

use gantry_kernel::prelude::*;

/// A command as clients list it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command {
    pub(super) name: &'static str,
    /// Key of the description in the clients' translations.
    description: &'static str,
    /// What to type after it.
    params: Option<&'static str>,
    /// One of these lets clients offer it; the server asks what the command does.
    permissions: &'static [&'static str],
    /// Clients run it by themselves.
    client_only: bool,
}

/// A command on the wire.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    /// Name without the slash.
    command: &'static str,
    /// What to type after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'static str>,
    /// Key of the description in the clients' translations.
    description: &'static str,
    /// A permission, or a list of which one is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<Value>,
    /// Clients run it by themselves.
    client_only: bool,
    /// Whether results can be chosen from before it runs.
    provides_preview: bool,
}

const fn command(
    name: &'static str,
    description: &'static str,
    params: &'static str,
    permissions: &'static [&'static str],
) -> Command {
    let params = if params.is_empty() { None } else { Some(params) };
    Command { name, description, params, permissions, client_only: false }
}

const fn art(name: &'static str, description: &'static str) -> Command {
    let params = Some("your_message_optional");
    Command { name, description, params, permissions: &[], client_only: true }
}

const LEAVE: &[&str] = &["leave-c", "leave-p"];
const TO: &[&str] = &["add-user-to-joined-room", "add-user-to-any-c-room", "add-user-to-any-p-room"];

/// By name.
const ALL: &[Command] = &[
    command("archive", "Archive", "#channel", &["archive-room"]),
    command("create", "Create_A_New_Channel", "#channel", &["create-c", "create-p"]),
    art("gimme", "Slash_Gimme_Description"),
    command("help", "Show_the_keyboard_shortcut_list", "", &[]),
    command("hide", "Hide_room", "#room", &[]),
    command("invite", "Invite_user_to_join_channel", "@username", &["add-user-to-joined-room"]),
    command("invite-all-from", "Invite_user_to_join_channel_all_from", "#room", &["add-user-to-joined-room"]),
    command("invite-all-to", "Invite_user_to_join_channel_all_to", "#room", TO),
    command("join", "Join_the_given_channel", "#channel", &["view-c-room"]),
    command("kick", "Remove_someone_from_room", "@username", &["remove-user"]),
    command("leave", "Leave_the_current_channel", "", LEAVE),
    art("lennyface", "Slash_LennyFace_Description"),
    command("me", "Displays_action_text", "your_message", &[]),
    command("msg", "Direct_message_someone", "@username <message>", &["create-d"]),
    command("mute", "Mute_someone_in_room", "@username", &["mute-user"]),
    command("part", "Leave_the_current_channel", "", LEAVE),
    art("shrug", "Slash_Shrug_Description"),
    command("status", "Slash_Status_Description", "Slash_Status_Params", &[]),
    art("tableflip", "Slash_Tableflip_Description"),
    command("topic", "Slash_Topic_Description", "Slash_Topic_Params", &["edit-room"]),
    command("unarchive", "Unarchive", "#channel", &["unarchive-room"]),
    art("unflip", "Slash_TableUnflip_Description"),
    command("unmute", "Unmute_someone_in_room", "@username", &["mute-user"]),
];

/// All commands, by name.
pub(super) fn all() -> Vec<Shown> {
    ALL.iter().copied().map(Command::shown).collect()
}

/// The command of exactly that name.
pub(super) fn find(name: &str) -> Option<Command> {
    ALL.iter().copied().find(|command| command.name == name)
}

impl Command {
    pub(super) fn shown(self) -> Shown {
        let permission = match self.permissions {
            [] => None,
            [one] => Some(json!(one)),
            several => Some(json!(several)),
        };
        Shown {
            command: self.name,
            params: self.params,
            description: self.description,
            permission,
            client_only: self.client_only,
            provides_preview: false,
        }
    }
}

impl Shown {
    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        self.command
    }
}
