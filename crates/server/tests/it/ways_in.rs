//! Signing in: every way, over every transport, in every state of the account; and what ends a session.

use gantry_accounts::mail::Mail;
use gantry_client::{CallError, Client, Error, Socket};
use gantry_kernel::clock::Clock;
use gantry_protocol::Timestamp;
use gantry_store::Engine;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::harness::{TestServer, environment};

/// The password that [`TestServer::user`] gives.
const PASSWORD: &str = "correct horse battery";

/// A workspace with its own time, where people may try as often as they like.
struct Workspace {
    server: TestServer,
    clock: Clock,
    admin: Client,
}

async fn workspace(more: &[(&str, &str)]) -> Workspace {
    let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
    let settings = [
        ("OVERWRITE_SETTING_API_Enable_Rate_Limiter", "false"),
        ("OVERWRITE_SETTING_DDP_Rate_Limit_IP_Enabled", "false"),
        ("OVERWRITE_SETTING_Block_Multiple_Failed_Logins_By_Ip", "false"),
    ];
    let all = [&settings, more].concat();
    let server = TestServer::start_with(Engine::Sqlite, |config| {
        config.clock = clock.clone();
        config.environment = environment(&all);
    })
    .await;
    let admin = server.admin().await;
    Workspace { server, clock, admin }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Over {
    Rest,
    Socket,
    Bridge,
}

const TRANSPORTS: [Over; 3] = [Over::Rest, Over::Socket, Over::Bridge];

impl Workspace {
    /// Tries to sign in with the options of the `login` method: `in`, or the code of the refusal.
    async fn tries(&self, over: Over, options: &Value) -> String {
        // The login of a client is limited to a few in ten seconds.
        self.clock.advance(11_000);
        let stranger = self.server.stranger();
        match over {
            Over::Rest => {
                let reply = stranger.post("login", options).await.unwrap();
                if reply.status == 200 {
                    assert_eq!(reply.body["status"], "success");
                    return "in".to_owned();
                }
                let code = reply.body["error"].as_str().unwrap_or_default();
                if code == "Unauthorized" { "401".to_owned() } else { code.to_owned() }
            }
            Over::Socket => {
                let mut socket = self.server.socket().await;
                match socket.call("login", vec![options.clone()]).await {
                    Ok(login) => {
                        assert_eq!(login["token"].as_str().unwrap().len(), 43, "{login}");
                        "in".to_owned()
                    }
                    Err(CallError::Refused(error)) => code_of(&error),
                    Err(error) => panic!("{error}"),
                }
            }
            Over::Bridge => {
                let message = json!({ "msg": "method", "id": "1", "method": "login", "params": [options] });
                let body = json!({ "message": message.to_string() });
                let reply = stranger.post("method.callAnon/login", &body).await.unwrap().ok();
                let answer: Value = serde_json::from_str(reply["message"].as_str().unwrap()).unwrap();
                if answer["result"]["token"].is_string() {
                    "in".to_owned()
                } else {
                    code_of(&answer["error"])
                }
            }
        }
    }

    /// The same over every transport; the answers must agree.
    async fn everywhere(&self, options: &Value, expected: &str) {
        for over in TRANSPORTS {
            assert_eq!(self.tries(over, options).await, expected, "{over:?}: {options}");
        }
    }

    async fn somebody(&self, name: &str) -> Client {
        self.clock.advance(60_000);
        self.server.user(name).await
    }

    /// A socket of somebody who is signed in.
    async fn socket_of(&self, client: &Client) -> Socket {
        let mut socket = self.server.socket().await;
        socket.resume(client.token()).await.unwrap();
        socket
    }

    /// Switches an authenticator on: its secret and the backup codes.
    async fn with_authenticator(&self, client: &Client) -> (String, Vec<String>) {
        let verified = json!({ "userId": client.uid(), "data": { "verified": true } });
        self.admin.post("users.update", &verified).await.unwrap().ok();
        let mut socket = self.socket_of(client).await;
        let begun = socket.call("2fa:enable", Vec::new()).await.unwrap();
        let secret = begun["secret"].as_str().unwrap().to_owned();
        let code = self.code(&secret);
        let done = socket.call("2fa:validateTempToken", vec![json!(code)]).await.unwrap();
        let codes = done["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
        (secret, codes.collect())
    }

    /// What an authenticator shows now (RFC 6238).
    fn code(&self, secret: &str) -> String {
        let key: Vec<u8> = {
            let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
            for letter in secret.bytes() {
                let at = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|one| *one == letter).unwrap();
                buffer = (buffer << 5) | u32::try_from(at).unwrap();
                bits += 5;
                if bits >= 8 {
                    bits -= 8;
                    bytes.push((buffer >> bits) as u8);
                    buffer &= (1 << bits) - 1;
                }
            }
            bytes
        };
        let step = self.clock.now().millis() / 30_000;
        let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

fn code_of(error: &Value) -> String {
    match &error["error"] {
        Value::String(code) => code.clone(),
        code => code.to_string(),
    }
}

fn by_password(name: &str, password: &str) -> Value {
    json!({ "user": { "username": name }, "password": password })
}

fn with_code(login: Value, code: &str) -> Value {
    json!({ "totp": { "login": login, "code": code } })
}

#[tokio::test]
async fn a_plain_account_signs_in_by_password_and_by_any_of_its_tokens() {
    let workspace = workspace(&[]).await;
    let ann = workspace.somebody("ann").await;
    workspace.everywhere(&by_password("ann", PASSWORD), "in").await;
    workspace.everywhere(&json!({ "resume": ann.token() }), "in").await;
    workspace.everywhere(&by_password("ann", "wrong"), "401").await;
    workspace.everywhere(&by_password("nobody", PASSWORD), "401").await;
    workspace.everywhere(&json!({ "resume": "made-up" }), "401").await;
    for bypass in [false, true] {
        let wish = json!({ "tokenName": format!("t{bypass}"), "bypassTwoFactor": bypass });
        let token = ann.post("users.generatePersonalAccessToken", &wish).await.unwrap().ok();
        workspace.everywhere(&json!({ "resume": token["token"] }), "in").await;
        let program = ann.with_token(ann.uid(), token["token"].as_str().unwrap());
        assert_eq!(program.get("me").await.unwrap().status, 200);
    }
    let made = workspace.admin.post("users.createToken", &json!({ "userId": ann.uid() })).await.unwrap().ok();
    workspace.everywhere(&json!({ "resume": made["data"]["authToken"] }), "in").await;
}

#[tokio::test]
async fn an_authenticator_is_asked_for_with_the_password_and_not_with_a_token() {
    let workspace = workspace(&[]).await;
    let ann = workspace.somebody("ann").await;
    let (secret, backup) = workspace.with_authenticator(&ann).await;
    let login = by_password("ann", PASSWORD);
    workspace.everywhere(&login, "totp-required").await;
    workspace.everywhere(&with_code(login.clone(), "000000"), "totp-invalid").await;
    // A wrong password with a right code tells nothing of the code.
    let wrong = by_password("ann", "wrong");
    workspace.everywhere(&with_code(wrong, &workspace.code(&secret)), "401").await;
    for (over, spare) in TRANSPORTS.into_iter().zip(&backup) {
        let code = {
            workspace.clock.advance(11_000);
            workspace.code(&secret)
        };
        assert_eq!(workspace.tries(over, &with_code(login.clone(), &code)).await, "in", "{over:?}");
        assert_eq!(workspace.tries(over, &with_code(login.clone(), spare)).await, "in", "{over:?}");
        let again = workspace.tries(over, &with_code(login.clone(), spare)).await;
        assert_eq!(again, "totp-invalid", "{over:?}: a backup code works once");
    }
    workspace.everywhere(&json!({ "resume": ann.token() }), "in").await;
}

#[tokio::test]
async fn a_code_by_mail_works_once_and_for_as_long_as_it_says() {
    let workspace = workspace(&[
        ("OVERWRITE_SETTING_SMTP_Host", "127.0.0.1"),
        ("OVERWRITE_SETTING_SMTP_Port", "1"),
        ("OVERWRITE_SETTING_Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In", "false"),
    ])
    .await;
    let ann = workspace.somebody("ann").await;
    let verified = json!({ "userId": ann.uid(), "data": { "verified": true } });
    workspace.admin.post("users.update", &verified).await.unwrap().ok();
    ann.post("users.2fa.enableEmail", &json!({})).await.unwrap().ok();
    let (mails, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    workspace.server.running.kernel.events.on::<Mail, _>(move |_kernel, mail| {
        let _ = mails.send(mail.text.clone());
        Box::pin(async {})
    });
    let login = by_password("ann", PASSWORD);
    for over in TRANSPORTS {
        assert_eq!(workspace.tries(over, &login).await, "totp-required", "{over:?}");
        let text = arrived.recv().await.unwrap();
        let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
        assert_eq!(workspace.tries(over, &with_code(login.clone(), "123")).await, "totp-invalid", "{over:?}");
        assert_eq!(workspace.tries(over, &with_code(login.clone(), &code)).await, "in", "{over:?}");
        assert_eq!(workspace.tries(over, &with_code(login.clone(), &code)).await, "totp-invalid", "{over:?}");
    }
    assert_eq!(workspace.tries(Over::Rest, &login).await, "totp-required");
    let text = arrived.recv().await.unwrap();
    let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
    workspace.clock.advance(3_600_000);
    assert_eq!(workspace.tries(Over::Rest, &with_code(login, &code)).await, "totp-invalid");
}

#[tokio::test]
async fn who_is_deactivated_is_told_so_after_the_right_password_only() {
    let workspace = workspace(&[]).await;
    let ann = workspace.somebody("ann").await;
    let off = json!({ "userId": ann.uid(), "activeStatus": false });
    workspace.admin.post("users.setActiveStatus", &off).await.unwrap().ok();
    workspace.everywhere(&by_password("ann", PASSWORD), "error-user-is-not-activated").await;
    workspace.everywhere(&by_password("ann", "wrong"), "401").await;
    workspace.everywhere(&json!({ "resume": ann.token() }), "401").await;
}

#[tokio::test]
async fn who_must_change_the_password_gets_in_and_is_told() {
    let workspace = workspace(&[]).await;
    let ann = workspace.somebody("ann").await;
    let change = json!({ "userId": ann.uid(), "data": { "requirePasswordChange": true } });
    workspace.admin.post("users.update", &change).await.unwrap().ok();
    workspace.everywhere(&by_password("ann", PASSWORD), "in").await;
    assert_eq!(ann.get("me").await.unwrap().ok()["requirePasswordChange"], true);
}

#[tokio::test]
async fn too_many_wrong_passwords_block_the_name_for_a_while_over_every_transport() {
    let workspace = workspace(&[]).await;
    workspace.somebody("ann").await;
    let bob = workspace.somebody("bob").await;
    for over in TRANSPORTS.into_iter().cycle().take(10) {
        assert_eq!(workspace.tries(over, &by_password("ann", "wrong")).await, "401");
    }
    workspace.everywhere(&by_password("ann", PASSWORD), "error-login-blocked-for-user").await;
    workspace.everywhere(&by_password("bob", PASSWORD), "in").await;
    workspace.everywhere(&json!({ "resume": bob.token() }), "in").await;
    workspace.clock.advance(5 * 60_000);
    workspace.everywhere(&by_password("ann", PASSWORD), "in").await;
}

async fn refused(client: &Client, headers: &[(&str, &str)]) -> String {
    let body = json!({ "tokenName": "spare" }).to_string();
    let headers = [&[("content-type", "application/json")], headers].concat();
    let path = "/api/v1/users.regeneratePersonalAccessToken";
    let reply = client.send(http::Method::POST, path, &headers, body.into()).await.unwrap();
    reply.body["errorType"].as_str().unwrap_or("done").to_owned()
}

#[tokio::test]
async fn an_operation_with_a_second_factor_remembers_it_for_one_client_and_a_while() {
    let workspace = workspace(&[]).await;
    let ann = workspace.somebody("ann").await;
    let mut tokens = Vec::new();
    for (name, bypass) in [("spare", false), ("plain", false), ("bypass", true)] {
        let wish = json!({ "tokenName": name, "bypassTwoFactor": bypass });
        let made = ann.post("users.generatePersonalAccessToken", &wish).await.unwrap().ok();
        tokens.push(ann.with_token(ann.uid(), made["token"].as_str().unwrap()));
    }
    let (secret, _) = workspace.with_authenticator(&ann).await;
    // Nobody is asked in the first half hour of an account.
    workspace.clock.advance(1_801_000);
    assert_eq!(refused(&tokens[2], &[]).await, "done", "a token that skips the second factor");
    assert_eq!(refused(&tokens[1], &[]).await, "totp-required", "one that does not");
    assert_eq!(refused(&ann, &[]).await, "totp-required");
    let wrong = [("x-2fa-code", "000000"), ("x-2fa-method", "totp")];
    assert_eq!(refused(&ann, &wrong).await, "totp-invalid");
    let code = workspace.code(&secret);
    let right = [("x-2fa-code", code.as_str()), ("x-2fa-method", "totp")];
    assert_eq!(refused(&ann, &right).await, "done");
    assert_eq!(refused(&ann, &[]).await, "done", "the same client is remembered");
    assert_eq!(refused(&ann, &[("user-agent", "another")]).await, "totp-required", "another is not");
    workspace.clock.advance(1_801_000);
    assert_eq!(refused(&ann, &[]).await, "totp-required", "nor the same one for ever");
}

async fn closes(socket: &mut Socket) {
    loop {
        match socket.next_text().await {
            Ok(_frame) => {}
            Err(Error::Closed(_reason)) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What ends the sessions of a user.
#[derive(Clone, Copy, Debug)]
enum End {
    NewPassword,
    PasswordByAdministrator,
    Authenticator,
    CodesByMail,
    Deactivation,
    Removal,
    LogoutByAdministrator,
    LogoutElsewhere,
    AuthenticatorReset,
    KeysReset,
}

const ENDS: [End; 10] = [
    End::NewPassword,
    End::PasswordByAdministrator,
    End::Authenticator,
    End::CodesByMail,
    End::Deactivation,
    End::Removal,
    End::LogoutByAdministrator,
    End::LogoutElsewhere,
    End::AuthenticatorReset,
    End::KeysReset,
];

impl End {
    /// Whether the session that asks for it goes on.
    fn spares_the_asking_one(self) -> bool {
        matches!(self, Self::NewPassword | Self::Authenticator | Self::CodesByMail | Self::LogoutElsewhere)
    }

    async fn come(self, workspace: &Workspace, user: &Client) {
        let admin = &workspace.admin;
        let (uid, none) = (user.uid().to_owned(), json!({}));
        let (who, path, body) = match self {
            Self::NewPassword => {
                let mut socket = workspace.socket_of(user).await;
                let passwords = vec![json!(PASSWORD), json!("another horse battery")];
                socket.call("changePassword", passwords).await.unwrap();
                return;
            }
            Self::Authenticator => {
                workspace.with_authenticator(user).await;
                return;
            }
            Self::PasswordByAdministrator => {
                (admin, "users.update", json!({ "userId": uid, "data": { "password": "another horse" } }))
            }
            Self::CodesByMail => {
                let verified = json!({ "userId": uid, "data": { "verified": true } });
                admin.post("users.update", &verified).await.unwrap().ok();
                (user, "users.2fa.enableEmail", none)
            }
            Self::Deactivation => {
                (admin, "users.setActiveStatus", json!({ "userId": uid, "activeStatus": false }))
            }
            Self::Removal => (admin, "users.delete", json!({ "userId": uid })),
            Self::LogoutByAdministrator => (admin, "users.logout", json!({ "userId": uid })),
            Self::LogoutElsewhere => (user, "users.removeOtherTokens", none),
            Self::AuthenticatorReset => {
                workspace.with_authenticator(user).await;
                (admin, "users.resetTOTP", json!({ "userId": uid }))
            }
            Self::KeysReset => (admin, "users.resetE2EKey", json!({ "userId": uid })),
        };
        // Some of these ask for a second factor every time; without one that is the password.
        let password = gantry_accounts::hashing::digest(PASSWORD);
        let headers = [
            ("content-type", "application/json"),
            ("x-2fa-code", password.as_str()),
            ("x-2fa-method", "password"),
        ];
        let path = format!("/api/v1/{path}");
        let sent = who.send(http::Method::POST, &path, &headers, body.to_string().into());
        sent.await.unwrap().ok();
    }
}

#[tokio::test]
async fn what_ends_sessions_ends_them_and_their_sockets_at_once() {
    let workspace = workspace(&[]).await;
    for (number, end) in ENDS.into_iter().enumerate() {
        let name = format!("user{number}");
        let asking = workspace.somebody(&name).await;
        let other = workspace.server.stranger().login(&name, PASSWORD).await.unwrap();
        let mut socket = workspace.socket_of(&other).await;
        end.come(&workspace, &asking).await;
        assert_eq!(other.get("me").await.unwrap().status, 401, "{end:?}: the token is void");
        closes(&mut socket).await;
        let status = asking.get("me").await.unwrap().status.as_u16();
        assert_eq!(status, if end.spares_the_asking_one() { 200 } else { 401 }, "{end:?}");
    }
}

#[tokio::test]
async fn logging_out_ends_the_own_session_alone() {
    let workspace = workspace(&[]).await;
    let ann = workspace.somebody("ann").await;
    let other = workspace.server.stranger().login("ann", PASSWORD).await.unwrap();
    let mut own = workspace.socket_of(&ann).await;
    let mut others = workspace.socket_of(&other).await;
    ann.post("logout", &json!({})).await.unwrap().ok();
    closes(&mut own).await;
    assert_eq!(ann.get("me").await.unwrap().status, 401);
    others.call("getUserRoles", Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_socket_goes_on_with_a_new_token() {
    let workspace = workspace(&[]).await;
    let ann = workspace.somebody("ann").await;
    let mut socket = workspace.socket_of(&ann).await;
    let fresh = socket.call("getNewToken", Vec::new()).await.unwrap();
    assert_eq!(fresh["id"], ann.uid());
    socket.call("removeOtherTokens", Vec::new()).await.unwrap();
    assert_eq!(ann.get("me").await.unwrap().status, 401, "the old token is gone");
    let renewed = ann.with_token(ann.uid(), fresh["token"].as_str().unwrap());
    assert_eq!(renewed.get("me").await.unwrap().status, 200);
    socket.call("getUserRoles", Vec::new()).await.unwrap();
}
