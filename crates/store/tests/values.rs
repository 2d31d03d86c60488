//! Values and the shared SQL notation mean the same on every engine.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use gantry_store::dialect::escape_like;
use gantry_store::testing::each_engine;
use gantry_store::{Db, DbError, Engine, Row, Val, vals};

async fn table(db: &Db) {
    db.write(async |tx| -> Result<(), DbError> {
        tx.exec(
            match tx.engine() {
                Engine::Sqlite => "CREATE TABLE t (i BIGINT, r DOUBLE PRECISION, b BOOLEAN, s TEXT, x BLOB)",
                Engine::Postgres => {
                    "CREATE TABLE t (i BIGINT, r DOUBLE PRECISION, b BOOLEAN, s TEXT COLLATE \"C\", x BYTEA)"
                }
            },
            &[],
        )
        .await?;
        Ok(())
    })
    .await
    .unwrap();
}

async fn insert(db: &Db, texts: &'static [&'static str]) {
    db.write(async move |tx| -> Result<(), DbError> {
        for (i, text) in (0i64..).zip(texts) {
            tx.exec("INSERT INTO t (i, s) VALUES (?1, ?2)", &vals![i, text]).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn query(db: &Db, sql: &'static str, p: &'static [Val<'static>]) -> Vec<Row> {
    db.read(async move |tx| tx.query(sql, p).await)
        .await
        .unwrap_or_else(|error: DbError| panic!("{sql}: {error}"))
}

fn texts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.text(0).unwrap()).collect()
}

#[tokio::test]
async fn every_type_survives() {
    each_engine(async |db| {
        table(&db).await;
        db.write(async |tx| -> Result<(), DbError> {
            let bytes = [0u8, 255];
            let (i, s) = (i64::MIN, String::from("ü\u{1F600}"));
            tx.exec("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)", &vals![i, 1.5, true, &s, &bytes[..]])
                .await?;
            tx.exec(
                "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)",
                &vals![None::<i64>, None::<f64>, None::<bool>, &None::<String>, Val::Null],
            )
            .await?;
            Ok(())
        })
        .await
        .unwrap();
        let mut rows = query(&db, "SELECT i, r, b, s, x FROM t ORDER BY i NULLS LAST", &[]).await;
        let row = &mut rows[0];
        assert_eq!(row.int(0), Ok(i64::MIN));
        assert_eq!(row.real(1), Ok(1.5));
        assert_eq!(row.bool(2), Ok(true));
        assert_eq!(row.blob(4), Ok(&[0u8, 255][..]));
        assert_eq!(row.take_text(3).as_deref(), Ok("ü\u{1F600}"));
        assert_eq!(row.int(4), Err(DbError::Decode { column: 4, wanted: "an integer" }));
        assert_eq!(row.int(5), Err(DbError::Decode { column: 5, wanted: "an integer" }));
        let row = &rows[1];
        assert_eq!(row.opt_int(0), Ok(None));
        assert_eq!(row.opt_real(1), Ok(None));
        assert_eq!(row.opt_bool(2), Ok(None));
        assert_eq!(row.opt_text(3), Ok(None));
        assert_eq!(row.opt_blob(4), Ok(None));
        assert_eq!(row.text(3), Err(DbError::Decode { column: 3, wanted: "text" }));
    })
    .await;
}

#[tokio::test]
async fn nul_characters_are_refused() {
    each_engine(async |db| {
        table(&db).await;
        let text = db.write(async |tx| tx.exec("INSERT INTO t (s) VALUES (?1)", &vals!["a\0b"]).await).await;
        assert_eq!(text, Err(DbError::NulCharacter));
        let list = db
            .read(async |tx| {
                let list = vec![String::from("ok"), String::from("\0")];
                tx.query("SELECT s FROM t WHERE s IN list(?1)", &vals![&list]).await
            })
            .await;
        assert_eq!(list.map(|rows| rows.len()), Err(DbError::NulCharacter));
        assert_eq!(query(&db, "SELECT s FROM t", &[]).await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn lists_are_one_parameter() {
    each_engine(async |db| {
        table(&db).await;
        insert(&db, &["a", "b", "c \"'\\"]).await;
        let found = async |sql: &'static str, list: &[&str]| {
            let list: Vec<String> = list.iter().map(|text| text.to_string()).collect();
            let rows = db.read(async move |tx| tx.query(sql, &vals![&list]).await).await;
            texts(&rows.unwrap_or_else(|error: DbError| panic!("{error}")))
        };
        const IN: &str = "SELECT s FROM t WHERE s IN list(?1) ORDER BY s";
        assert_eq!(found(IN, &["a", "x", "c \"'\\"]).await, ["a", "c \"'\\"]);
        assert_eq!(found(IN, &[]).await, [""; 0]);
        assert_eq!(
            found("SELECT s FROM t WHERE s NOT IN list(?1) ORDER BY s", &["a"]).await,
            ["b", "c \"'\\"]
        );
        assert_eq!(found("SELECT list.value FROM list(?1) ORDER BY 1", &["z", "y"]).await, ["y", "z"]);
        assert_eq!(found("SELECT s FROM t JOIN list(?1) ON list.value = t.s", &["b", "z"]).await, ["b"]);
        let changed = db
            .write(async |tx| {
                let list = vec![String::from("p"), String::from("q")];
                tx.exec("INSERT INTO t (i, s) SELECT ?2, value FROM list(?1)", &vals![&list, 9]).await
            })
            .await;
        assert_eq!(changed, Ok::<_, DbError>(2));
    })
    .await;
}

#[tokio::test]
async fn text_compares_by_its_bytes() {
    each_engine(async |db| {
        // Through a migrated column, whose collation comes from the dialect.
        db.write(async |tx| -> Result<(), DbError> {
            for id in ["a", "B", "_", "ä", "aa", "Z"] {
                tx.exec("INSERT INTO settings (id, value, updated_at) VALUES (?1, '', 0)", &vals![id])
                    .await?;
            }
            Ok(())
        })
        .await
        .unwrap();
        let sorted = query(&db, "SELECT id FROM settings ORDER BY id", &[]).await;
        assert_eq!(texts(&sorted), ["B", "Z", "_", "a", "aa", "ä"]);
        let above = query(&db, "SELECT id FROM settings WHERE id > ?1 ORDER BY id", &[Val::Text("a")]).await;
        assert_eq!(texts(&above), ["aa", "ä"]);
    })
    .await;
}

#[tokio::test]
async fn like_is_exact_and_escapes() {
    each_engine(async |db| {
        table(&db).await;
        insert(&db, &["50%", "500", "A", "a", "a\\b"]).await;
        let like = async |pattern: String| {
            let rows = db
                .read(async move |tx| {
                    tx.query("SELECT s FROM t WHERE s LIKE ?1 ESCAPE '\\' ORDER BY s", &vals![&pattern]).await
                })
                .await;
            texts(&rows.unwrap_or_else(|error: DbError| panic!("{error}")))
        };
        assert_eq!(like(format!("{}%", escape_like("50%"))).await, ["50%"]);
        assert_eq!(like("a".into()).await, ["a"]);
        assert_eq!(like(escape_like("a\\b")).await, ["a\\b"]);
    })
    .await;
}

#[tokio::test]
async fn the_shared_notation_runs() {
    each_engine(async |db| {
        table(&db).await;
        insert(&db, &["a", "b"]).await;
        let row = query(&db, "SELECT sum(i), greatest(1, 2), least(1, 2), count(*) FROM t", &[]).await;
        let numbers: Vec<i64> = (0..4).map(|i| row[0].int(i).unwrap()).collect();
        assert_eq!(numbers, [1, 2, 1, 2]);
        assert_eq!(query(&db, "SELECT count(*) > 1 FROM t", &[]).await[0].bool(0), Ok(true));
        let rows = query(
            &db,
            "SELECT s FROM t WHERE (i = ?1 OR ?1 IS NULL) ORDER BY s LIMIT ?2 OFFSET ?3",
            &[Val::Null, Val::Int(1), Val::Int(1)],
        )
        .await;
        assert_eq!(texts(&rows), ["b"]);
        let locked = db
            .write(async |tx| tx.query("SELECT s FROM t WHERE i = ?1 FOR UPDATE", &vals![0]).await)
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"));
        assert_eq!(texts(&locked), ["a"]);
        let upsert = db
            .write(async |tx| {
                tx.exec(
                    "INSERT INTO roles VALUES ('a', 'n', 's', 'd', TRUE, ?1, 0) \
                     ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                    &vals![false],
                )
                .await
            })
            .await;
        assert_eq!(upsert, Ok::<_, DbError>(1));
    })
    .await;
}

#[tokio::test]
async fn built_statements_run_too() {
    each_engine(async |db| {
        table(&db).await;
        insert(&db, &["a", "b", "c"]).await;
        let rows = db
            .read(async |tx| {
                let mut sql = String::from("SELECT s FROM t WHERE i >= ?1");
                sql.push_str(" AND s IN list(?2) ORDER BY s DESC");
                let list = vec![String::from("b"), String::from("c"), String::from("a")];
                tx.query_dyn(&sql, &vals![1, &list]).await
            })
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"));
        assert_eq!(texts(&rows), ["c", "b"]);
    })
    .await;
}

#[tokio::test]
async fn missing_and_surplus_parameters_are_refused() {
    each_engine(async |db| {
        table(&db).await;
        for p in [&[][..], &[Val::Int(1), Val::Int(2)][..]] {
            let result = db.read(async |tx| tx.query("SELECT s FROM t WHERE i = ?1", p).await).await;
            assert!(matches!(result, Err(DbError::Other(_))), "{result:?}");
        }
    })
    .await;
}
