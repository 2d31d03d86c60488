//! The binary, as a person runs it.

use std::path::Path;
use std::process::{Command, Output};

use gantry_server::{Config, Gantry};

fn gantry(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gantry"))
        .args(args)
        .env_clear()
        .env("GANTRY_DATA", data)
        .current_dir(data.parent().unwrap())
        .output()
        .unwrap()
}

/// A configuration of a server that asks nobody out there for pictures.
fn quiet(data: &Path) -> Config {
    let mut config = Config::new(data);
    config.environment = [("OVERWRITE_SETTING_Accounts_SetDefaultAvatar", "false")].into_iter().collect();
    config
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_names_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let output = gantry(&folder.path().join("data"), &["--help"]);
    assert!(output.status.success());
    let help = text(&output.stdout);
    for command in ["serve", "user", "token", "setting", "backup", "restore", "check", "openapi", "ledger"] {
        assert!(help.contains(&format!("  {command} ")), "{command}: {help}");
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(gantry(folder.path(), &["dance"]).status.code(), Some(2));
    assert_eq!(gantry(folder.path(), &["--port", "x"]).status.code(), Some(2));
}

#[test]
fn a_mistyped_folder_makes_no_new_database() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("nowhere");
    for args in [vec!["check"], vec!["backup", "copy.db"]] {
        let output = gantry(&data, &args);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("GANTRY_DATA"), "{}", text(&output.stderr));
    }
    assert!(!data.exists());
}

#[tokio::test]
async fn a_backup_made_while_serving_can_be_restored() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let copy = folder.path().join("copy.db");
    let running = Gantry::start(Config::new(&data)).await.unwrap();
    let marked = async |running: &gantry_server::Running| {
        let found = running
            .kernel
            .db
            .read(async |tx| tx.query_opt("SELECT id FROM tombstones WHERE id = 'mark'", &[]).await);
        found.await.unwrap().is_some()
    };
    running
        .kernel
        .db
        .write(async |tx| {
            tx.exec("INSERT INTO tombstones (kind, id, deleted_at) VALUES ('test', 'mark', 1)", &[]).await
        })
        .await
        .unwrap();

    let output = gantry(&data, &["backup", copy.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let again = gantry(&data, &["backup", copy.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "a backup never overwrites a file");
    let held = gantry(&data, &["restore", copy.to_str().unwrap(), "--replace"]);
    assert!(text(&held.stderr).contains("stop the server first"), "{}", text(&held.stderr));
    let second = Gantry::start(Config::new(&data)).await.map(|_second| ());
    assert!(second.unwrap_err().to_string().contains("another server uses"));

    running.kernel.db.write(async |tx| tx.exec("DELETE FROM tombstones", &[]).await).await.unwrap();
    running.shutdown().await.unwrap();
    let kept = gantry(&data, &["restore", copy.to_str().unwrap()]);
    assert!(text(&kept.stderr).contains("--replace"), "{}", text(&kept.stderr));
    let output = gantry(&data, &["restore", copy.to_str().unwrap(), "--replace"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = gantry(&data, &["check"]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));

    let running = Gantry::start(Config::new(&data)).await.unwrap();
    assert!(marked(&running).await);
    running.shutdown().await.unwrap();
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "Dear server").unwrap();
    let output = gantry(&data, &["restore", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!data.join("gantry.db").exists());
}

#[test]
fn documents_come_from_the_registry() {
    let folder = tempfile::tempdir().unwrap();
    let output = gantry(folder.path(), &["openapi"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let output = gantry(folder.path(), &["ledger"]);
    assert!(text(&output.stdout).starts_with("# Compatibility ledger"));
}

// The command waits for the server, which needs a thread of its own meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_can_be_made_while_nobody_can_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let running = Gantry::start(quiet(&data)).await.unwrap();
    let create = ["user", "create", "ann", "--email", "ann@example.org", "--role", "admin", "--role", "user"];
    let output = gantry(&data, &create);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let password = shown.lines().find_map(|line| line.strip_prefix("password: ")).unwrap();
    let stranger = gantry_client::Client::new(&running.url()).unwrap();
    let ann = stranger.login("ann", password).await.unwrap();
    assert_eq!(ann.get("me").await.unwrap().ok()["roles"], serde_json::json!(["admin", "user"]));

    let output = gantry(&data, &["token", "create", "ann"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let token = shown.lines().find_map(|line| line.strip_prefix("X-Auth-Token: ")).unwrap();
    assert_eq!(ann.with_token(ann.uid(), token).get("me").await.unwrap().ok()["username"], "ann");

    let remove = ["user", "role", "ann", "admin", "--remove"];
    let last = gantry(&data, &remove);
    assert!(text(&last.stderr).contains("error-admin-required"), "{}", text(&last.stderr));
    let create = ["user", "create", "bo", "--email", "bo@example.org", "--role", "admin"];
    assert!(gantry(&data, &create).status.success());
    let output = gantry(&data, &remove);
    assert_eq!(text(&output.stdout).trim(), "ann: user", "{}", text(&output.stderr));
    let output = gantry(&data, &["user", "password", "ann", "--password", "a new horse battery"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    running.shutdown().await.unwrap();

    let running = Gantry::start(quiet(&data)).await.unwrap();
    let stranger = gantry_client::Client::new(&running.url()).unwrap();
    let ann = stranger.login("ann", "a new horse battery").await.unwrap();
    assert_eq!(ann.get("me").await.unwrap().ok()["roles"], serde_json::json!(["user"]));
    assert!(stranger.login("ann", password).await.is_err());

    let output = gantry(&data, &["user", "password", "bob"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!text(&output.stderr).is_empty());
}

// The command waits for the server, which needs a thread of its own meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn commands_act_on_the_running_server_at_once() {
    for engine in gantry_store::testing::engines() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let database = gantry_store::testing::empty(engine).await;
        let mut config = quiet(&data);
        if engine == gantry_store::Engine::Postgres {
            config.database_url = Some(database.url().to_owned());
        }
        let elsewhere = config.database_url.clone();
        let running = Gantry::start(config).await.unwrap();
        let gantry = |args: &[&str]| {
            let mut args = args.to_vec();
            if let Some(url) = &elsewhere {
                args.extend(["--database-url", url]);
            }
            let output = gantry(&data, &args);
            assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
            assert_eq!(text(&output.stderr), "", "nothing is left for later");
            text(&output.stdout)
        };
        gantry(&["user", "create", "root", "--email", "root@example.org", "--role", "admin"]);
        gantry(&["user", "create", "ann", "--email", "ann@example.org", "--password", "a horse battery"]);
        let stranger = gantry_client::Client::new(&running.url()).unwrap();
        let ann = stranger.login("ann", "a horse battery").await.unwrap();

        gantry(&["setting", "set", "Site_Name", "Harbour"]);
        let public = stranger.get("settings.public?_id=Site_Name").await.unwrap().ok();
        assert_eq!(public["settings"][0]["value"], "Harbour");
        assert_eq!(gantry(&["setting", "get", "Site_Name"]), "Harbour\n");
        gantry(&["setting", "set", "API_Default_Count", "7"]);
        assert_eq!(gantry(&["setting", "get", "API_Default_Count"]), "7\n");

        assert_eq!(ann.get("settings/Site_Name").await.unwrap().status, 403);
        gantry(&["user", "role", "ann", "admin"]);
        assert_eq!(ann.get("settings/Site_Name").await.unwrap().status, 200);
        gantry(&["user", "password", "ann", "--password", "another horse battery"]);
        assert_eq!(ann.get("me").await.unwrap().status, 401, "the sessions end at once");
        running.shutdown().await.unwrap();
    }
}

// The command waits for the server, which needs a thread of its own meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_of_the_folder_finds_the_door() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    // Left over from a server that did not end well.
    drop(std::os::unix::net::UnixListener::bind(data.join("gantry.sock")).unwrap());
    let running = Gantry::start(quiet(&data)).await.unwrap();
    let socket = data.join("gantry.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let unknown = gantry(&data, &["setting", "set", "No_Such_Setting", "1"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        text(&unknown.stderr).contains("there is no settings/No_Such_Setting"),
        "{}",
        text(&unknown.stderr)
    );

    std::fs::remove_file(&socket).unwrap();
    let unheard = gantry(&data, &["setting", "set", "Site_Name", "Harbour"]);
    assert_eq!(unheard.status.code(), Some(1), "nothing is written behind the server's back");
    assert!(text(&unheard.stderr).contains("does not answer"), "{}", text(&unheard.stderr));
    running.shutdown().await.unwrap();

    assert!(gantry(&data, &["setting", "set", "Site_Name", "Harbour"]).status.success(), "without a server");
    let running = Gantry::start(quiet(&data)).await.unwrap();
    assert_eq!(*running.kernel.settings.text_by_id("Site_Name"), *"Harbour");
    running.shutdown().await.unwrap();
    assert!(!socket.exists());
}
