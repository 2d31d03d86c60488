//! Files in an object store.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer as _;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::{FileStream, Spool};
use crate::settings::{Settings, keys};

/// Bytes of one part. Object stores want at least 5 MiB, except for the last.
const PART: usize = 8 << 20;

/// Parts on their way at once: memory per upload is bounded by this times [`PART`].
const PARTS_AT_ONCE: usize = 2;

#[derive(Clone)]
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    signer: Option<Arc<AmazonS3>>,
}

impl Bucket {
    /// The store at a URL such as `s3://bucket/prefix`. `AWS_…` variables of the environment give keys,
    /// region and endpoint.
    pub(super) fn at(url: &str) -> object_store::Result<Self> {
        let invalid = |error: String| object_store::Error::Generic {
            store: "files",
            source: format!("{url} names no object store: {error}").into(),
        };
        let url = reqwest::Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        if url.scheme() == "s3" {
            let bucket = url.host_str().ok_or_else(|| invalid("no bucket".to_owned()))?;
            let store = Arc::new(AmazonS3Builder::from_env().with_bucket_name(bucket).build()?);
            return Ok(Self { store: store.clone(), prefix: Path::parse(url.path())?, signer: Some(store) });
        }
        let (store, prefix) = object_store::parse_url(&url)?;
        Ok(Self { store: store.into(), prefix, signer: None })
    }

    #[cfg(test)]
    pub(super) fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, prefix: Path::default(), signer: None }
    }

    fn place(&self, key: &str) -> Path {
        self.prefix.parts().chain(Path::from(key).parts()).collect()
    }

    /// Stores a file, unless `given_up` says in between that nobody wants it any more. To be run to its end: what
    /// is dropped in between leaves parts behind.
    pub(super) async fn put(&self, key: &str, spool: Spool, given_up: impl Fn() -> bool) -> io::Result<()> {
        let place = self.place(key);
        let mut file = File::open(spool.path()).await?;
        if spool.size() <= PART as u64 {
            let mut all = Vec::new();
            file.read_to_end(&mut all).await?;
            self.store.put(&place, all.into()).await?;
            return Ok(());
        }
        let mut upload = WriteMultipart::new_with_chunk_size(self.store.put_multipart(&place).await?, PART);
        loop {
            if given_up() {
                upload.abort().await?;
                return Err(io::Error::other("nobody waits for it any more"));
            }
            let mut piece = BytesMut::with_capacity(256 << 10);
            match file.read_buf(&mut piece).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    upload.abort().await?;
                    return Err(error);
                }
            }
            if let Err(error) = upload.wait_for_capacity(PARTS_AT_ONCE).await {
                upload.abort().await?;
                return Err(error.into());
            }
            upload.put(piece.freeze());
        }
        upload.finish().await?;
        Ok(())
    }

    pub(super) async fn size(&self, key: &str) -> io::Result<Option<u64>> {
        Ok(absent(self.store.head(&self.place(key)).await)?.map(|found| found.size))
    }

    pub(super) async fn read(&self, key: &str, range: Range<u64>) -> io::Result<Option<FileStream>> {
        if range.is_empty() {
            let there = self.size(key).await?.is_some();
            return Ok(there.then(|| futures_util::stream::empty().boxed()));
        }
        let options = object_store::GetOptions { range: Some(range.into()), ..Default::default() };
        let found = absent(self.store.get_opts(&self.place(key), options).await)?;
        Ok(found.map(|found| found.into_stream().map_err(io::Error::from).boxed()))
    }

    pub(super) async fn delete(&self, key: &str) -> io::Result<()> {
        absent(self.store.delete(&self.place(key)).await)?;
        Ok(())
    }

    pub(super) async fn signed_url(&self, key: &str, seconds: u64) -> io::Result<Option<String>> {
        let Some(signer) = &self.signer else { return Ok(None) };
        let url =
            signer.signed_url(http::Method::GET, &self.place(key), Duration::from_secs(seconds)).await?;
        Ok(Some(url.into()))
    }
}

fn absent<T>(result: object_store::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The settings that name an S3 bucket.
#[derive(PartialEq)]
pub(super) struct S3 {
    bucket: String,
    region: String,
    key: String,
    secret: String,
    endpoint: String,
    path_style: bool,
}

impl S3 {
    /// Whether the workspace wants its files there.
    pub(super) fn wanted(settings: &Settings) -> bool {
        settings.get(keys::FileUpload_Storage_Type) == "AmazonS3"
            && !settings.get(keys::FileUpload_S3_Bucket).is_empty()
    }

    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            bucket: settings.get(keys::FileUpload_S3_Bucket).to_string(),
            region: settings.get(keys::FileUpload_S3_Region).to_string(),
            key: settings.get(keys::FileUpload_S3_AWSAccessKeyId).to_string(),
            secret: settings.get(keys::FileUpload_S3_AWSSecretAccessKey).to_string(),
            endpoint: settings.get(keys::FileUpload_S3_BucketURL).to_string(),
            path_style: settings.get(keys::FileUpload_S3_ForcePathStyle),
        }
    }

    pub(super) fn open(&self) -> object_store::Result<Bucket> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_virtual_hosted_style_request(!self.path_style)
            .with_region(if self.region.is_empty() { "us-east-1" } else { &self.region });
        if !self.key.is_empty() {
            builder = builder.with_access_key_id(&self.key).with_secret_access_key(&self.secret);
        }
        if !self.endpoint.is_empty() {
            builder =
                builder.with_endpoint(&self.endpoint).with_allow_http(self.endpoint.starts_with("http://"));
        }
        let store = Arc::new(builder.build()?);
        Ok(Bucket { store: store.clone(), prefix: Path::default(), signer: Some(store) })
    }
}
