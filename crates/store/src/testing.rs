//! Fresh databases for tests.

use tempfile::TempDir;

use crate::{Db, DbConfig};

/// A database of its own for one test; removed when dropped.
pub struct TestDb {
    db: Db,
    _folder: TempDir,
}

impl std::ops::Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

/// A fresh SQLite database in a temporary folder.
pub async fn open_sqlite() -> TestDb {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let db = Db::open(DbConfig::new(url)).await.expect("a fresh database opens");
    TestDb { db, _folder: folder }
}
