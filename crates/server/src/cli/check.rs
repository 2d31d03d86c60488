//! `gantry check`: looks for damage without changing anything.

use gantry_kernel::error::Result;
use gantry_store::{Db, DbConfig, Engine, Tx};

use super::serve::Place;
use super::{Failure, Outcome, on_runtime};

/// Rows that contradict each other. Each query answers what is wrong, by id; none is right.
const RULES: &[(&str, &str)] = &[
    (
        "subscriptions without a room",
        "SELECT s.id FROM subscriptions s LEFT JOIN rooms r ON r.id = s.rid WHERE r.id IS NULL ORDER BY s.id",
    ),
    (
        "subscriptions without a user",
        "SELECT s.id FROM subscriptions s LEFT JOIN users u ON u.id = s.uid WHERE u.id IS NULL ORDER BY s.id",
    ),
    (
        "subscriptions that have read more than their room holds",
        "SELECT s.id FROM subscriptions s JOIN rooms r ON r.id = s.rid WHERE s.read_seq > r.seq ORDER BY s.id",
    ),
    (
        "messages without a room",
        "SELECT m.id FROM messages m LEFT JOIN rooms r ON r.id = m.rid WHERE r.id IS NULL ORDER BY m.id",
    ),
    (
        "rooms that count other members than they have",
        "SELECT r.id FROM rooms r WHERE r.t <> 'l' AND r.users_count <> \
         (SELECT COUNT(*) FROM subscriptions s WHERE s.rid = r.id) ORDER BY r.id",
    ),
    (
        "login tokens without a user",
        "SELECT t.uid FROM login_tokens t LEFT JOIN users u ON u.id = t.uid WHERE u.id IS NULL ORDER BY t.uid",
    ),
    (
        "mail addresses without a user",
        "SELECT e.uid FROM user_emails e LEFT JOIN users u ON u.id = e.uid WHERE u.id IS NULL ORDER BY e.uid",
    ),
    (
        "roles of users who do not exist",
        "SELECT r.uid FROM user_roles r LEFT JOIN users u ON u.id = r.uid WHERE u.id IS NULL ORDER BY r.uid",
    ),
];

/// Ids shown per finding.
const SHOWN: usize = 5;

pub(super) fn run(place: &Place) -> Outcome {
    place.must_exist()?;
    let url = place.config().database();
    on_runtime(async move {
        let db = Db::open(DbConfig::new(url)).await?;
        eprintln!("schema: all migrations are applied as this version knows them");
        let findings = db.read(async |tx: &Tx| inspect(tx).await).await.map_err(Failure::new)?;
        let engine = db.engine();
        db.close().await?;
        if findings.is_empty() {
            println!("no damage found ({engine:?}, {} rules)", RULES.len());
            return Ok(());
        }
        for finding in &findings {
            println!("{finding}");
        }
        Err(Failure {
            message: format!(
                "{} kinds of damage found; make a backup before you change anything",
                findings.len()
            ),
            code: 3,
        })
    })
}

async fn inspect(tx: &Tx) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    if tx.engine() == Engine::Sqlite {
        // PostgreSQL finds damaged pages itself when it has data checksums.
        for row in tx.query_dyn("SELECT integrity_check FROM pragma_integrity_check", &[]).await? {
            let report = row.str(0)?;
            if report != "ok" {
                findings.push(format!("database file: {report}"));
            }
        }
    }
    for (what, sql) in RULES {
        let rows = tx.query_dyn(sql, &[]).await?;
        if rows.is_empty() {
            continue;
        }
        let ids: Vec<&str> =
            rows.iter().take(SHOWN).map(|row| row.str(0)).collect::<std::result::Result<_, _>>()?;
        let more = if rows.len() > SHOWN { ", ..." } else { "" };
        findings.push(format!("{}: {} ({}{more})", what, rows.len(), ids.join(", ")));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn damage_is_found_on_either_engine() {
        gantry_store::testing::each_engine(async |db: Db| {
            assert_eq!(db.read(async |tx| inspect(tx).await).await.unwrap(), Vec::<String>::new());
            db.write(async |tx: &Tx| -> Result<u64> {
                Ok(tx.exec("INSERT INTO user_roles (role, uid) VALUES ('admin', 'nobody')", &[]).await?)
            })
            .await
            .unwrap();
            let findings = db.read(async |tx| inspect(tx).await).await.unwrap();
            assert_eq!(findings, ["roles of users who do not exist: 1 (nobody)"]);
        })
        .await;
    }
}
