//! Transactions behave alike on every engine.

use gantry_store::{DbError, testing, vals};

#[tokio::test]
async fn a_committed_write_is_read_back() {
    let db = testing::open_sqlite().await;
    let id = String::from("site-name");
    db.write(async move |tx| -> Result<(), DbError> {
        tx.exec("INSERT INTO settings (id, value, updated_at) VALUES (?1, ?2, ?3)", &vals![&id, "\"x\"", 7])
            .await?;
        Ok(())
    })
    .await
    .unwrap();
    let row = db
        .read(async |tx| -> Result<_, DbError> {
            tx.query_opt("SELECT value, doc, updated_at FROM settings", &[]).await
        })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.text(0).unwrap(), row.opt_text(1).unwrap(), row.int(2).unwrap()),
        ("\"x\"".into(), None, 7)
    );
}
