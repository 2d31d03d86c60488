use futures_util::TryStreamExt as _;

use super::*;
use crate::settings::FirstStart;

async fn files(url: Option<&str>) -> (Files, tempfile::TempDir) {
    let db = gantry_store::testing::databases().await.remove(0);
    let first = FirstStart {
        now: gantry_protocol::Timestamp::from_millis(0),
        unique_id: "u".into(),
        secret_url: "s".into(),
    };
    let none = std::iter::empty::<(String, String)>().collect();
    let settings = Settings::load(&db.db(), &none, &first).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    (Files::open(folder.path(), url, settings).unwrap(), folder)
}

async fn read(files: &Files, key: &str, range: Range<u64>) -> Vec<u8> {
    let pieces: Vec<Bytes> = files.read(key, range).await.unwrap().try_collect().await.unwrap();
    pieces.concat()
}

#[tokio::test]
async fn a_stored_file_is_read_in_parts_and_goes_when_deleted() {
    for url in [None, Some("memory:///")] {
        let (files, _folder) = files(url).await;
        let bytes: Vec<u8> = (0..9_000_000_u32).map(|n| (n / 7) as u8).collect();
        let mut spool = files.spool().await.unwrap();
        for piece in bytes.chunks(100_000) {
            spool.write(piece).await.unwrap();
        }
        files.put("uploads/one", spool.finish().await.unwrap()).await.unwrap();
        assert_eq!(files.size("uploads/one").await.unwrap(), Some(9_000_000));
        assert!(read(&files, "uploads/one", 0..9_000_000).await == bytes);
        assert_eq!(read(&files, "uploads/one", 8_999_990..9_000_000).await, bytes[8_999_990..]);
        assert_eq!(read(&files, "uploads/one", 5..5).await, b"");
        files.delete("uploads/one").await.unwrap();
        files.delete("uploads/one").await.unwrap();
        assert_eq!(files.size("uploads/one").await.unwrap(), None);
        assert_eq!(files.read("uploads/one", 0..1).await.err().unwrap().status, 404);
    }
}

#[tokio::test]
async fn what_was_stored_before_an_object_store_was_named_is_still_read() {
    let (before, folder) = files(None).await;
    before.put_bytes("avatars/ann", "old".into()).await.unwrap();
    let (mut after, _other) = files(Some("memory:///")).await;
    Arc::get_mut(&mut after.0).unwrap().folder = Folder::new(folder.path().to_owned());
    assert_eq!(after.bytes("avatars/ann", 10).await.unwrap().unwrap(), "old");
    after.put_bytes("avatars/ann", "new".into()).await.unwrap();
    assert_eq!(after.bytes("avatars/ann", 10).await.unwrap().unwrap(), "new");
}

#[tokio::test]
async fn a_file_that_is_not_stored_leaves_nothing_behind() {
    let (files, folder) = files(None).await;
    let mut spool = files.spool().await.unwrap();
    spool.write(&[1; 500_000]).await.unwrap();
    drop(spool.finish().await.unwrap());
    assert_eq!(std::fs::read_dir(folder.path().join(".arriving")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_key_cannot_lead_out_of_the_folder() {
    let (files, _folder) = files(None).await;
    for key in
        ["../secret", "uploads/../../secret", "/etc/passwd", "uploads/", "uploads/.x", "uploads/a\0b", "x"]
    {
        assert_eq!(files.size(key).await.err().map(|error| error.status), Some(404), "{key}");
    }
}
