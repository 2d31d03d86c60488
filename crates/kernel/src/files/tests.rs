use futures_util::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::path::Path as StorePath;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, UploadPart,
};
use tokio::sync::{Notify, Semaphore};

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

/// An object store that takes parts only while it is let, and knows what became of its uploads.
#[derive(Debug)]
struct Slow {
    inner: InMemory,
    signs: Signs,
}

#[derive(Clone, Debug)]
struct Signs {
    begun: Arc<Notify>,
    /// As many parts arrive as there are permits.
    parts: Arc<Semaphore>,
    aborted: Arc<Notify>,
}

impl std::fmt::Display for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("slow")
    }
}

#[derive(Debug)]
struct SlowUpload {
    inner: Box<dyn MultipartUpload>,
    signs: Signs,
}

#[async_trait::async_trait]
impl MultipartUpload for SlowUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (signs, part) = (self.signs.clone(), self.inner.put_part(data));
        Box::pin(async move {
            signs.begun.notify_one();
            signs.parts.acquire().await.unwrap().forget();
            part.await
        })
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        self.inner.complete().await
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        self.signs.aborted.notify_one();
        self.inner.abort().await
    }
}

#[async_trait::async_trait]
impl ObjectStore for Slow {
    async fn put_opts(
        &self,
        place: &StorePath,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.inner.put_opts(place, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        place: &StorePath,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(place, options).await?;
        Ok(Box::new(SlowUpload { inner, signs: self.signs.clone() }))
    }

    async fn get_opts(&self, place: &StorePath, options: GetOptions) -> object_store::Result<GetResult> {
        self.inner.get_opts(place, options).await
    }

    fn delete_stream(
        &self,
        places: BoxStream<'static, object_store::Result<StorePath>>,
    ) -> BoxStream<'static, object_store::Result<StorePath>> {
        self.inner.delete_stream(places)
    }

    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &StorePath,
        to: &StorePath,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[tokio::test]
async fn who_hangs_up_leaves_no_parts_in_the_object_store() {
    let (mut files, _folder) = files(None).await;
    let signs = Signs { begun: Arc::default(), parts: Arc::new(Semaphore::new(0)), aborted: Arc::default() };
    let store = Slow { inner: InMemory::new(), signs: signs.clone() };
    Arc::get_mut(&mut files.0).unwrap().named = Some(Bucket::of(Arc::new(store)));
    let mut spool = files.spool().await.unwrap();
    for _ in 0..40 {
        spool.write(&[7; 1 << 20]).await.unwrap();
    }
    let spool = spool.finish().await.unwrap();
    let uploading = files.clone();
    let client = tokio::spawn(async move { uploading.put("uploads/one", spool).await });
    signs.begun.notified().await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    signs.parts.add_permits(100);
    signs.aborted.notified().await;
    assert_eq!(files.size("uploads/one").await.unwrap(), None);
}
