//! A file sent and taken through the server's HTTP library and nothing else: no login, no form, no database.
//! It runs in a process of its own, with the same kind of runtime as the server.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::{Bytes, BytesMut};
use futures_util::{TryStreamExt as _, stream};
use http::{Method, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::Outcome;
use crate::process::{Process, free_address};

const ADDRESS: &str = "GANTRY_BENCH_ADDRESS";
const FOLDER: &str = "GANTRY_BENCH_FOLDER";
/// As the server reads and writes.
const CHUNK: usize = 256 << 10;

type Body = BoxBody<Bytes, std::io::Error>;

/// Starts this program as the server of files in `folder`: `GET` sends the file `sent`, `POST` stores one.
pub(crate) async fn start(folder: &Path) -> Outcome<Process> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare-files").env(ADDRESS, address.to_string()).env(FOLDER, folder);
    Process::start(command, address, None).await
}

/// Serves until it is killed.
pub(crate) fn serve() -> Outcome {
    let address: SocketAddr = std::env::var(ADDRESS)?.parse()?;
    let folder = PathBuf::from(std::env::var(FOLDER)?);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(address).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let folder = folder.clone();
            let service = service_fn(move |request| {
                let folder = folder.clone();
                async move { Ok::<_, Infallible>(answer(&folder, request).await) }
            });
            // An end of one connection, however it comes, is no concern of the others.
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    })
}

async fn answer(folder: &Path, request: Request<Incoming>) -> Response<Body> {
    let answered = match *request.method() {
        Method::GET => send(folder).await,
        _ => take(folder, request.into_body()).await,
    };
    answered.unwrap_or_else(|failure| {
        eprintln!("gantry-bench: {failure}");
        let mut response = Response::new(Full::default().map_err(|never| match never {}).boxed());
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

async fn send(folder: &Path) -> Outcome<Response<Body>> {
    let mut file = File::open(folder.join("sent")).await?;
    file.set_max_buf_size(CHUNK);
    let size = file.metadata().await?.len();
    let pieces = stream::try_unfold(file, async |mut file| {
        let mut piece = BytesMut::with_capacity(CHUNK);
        let count = file.read_buf(&mut piece).await?;
        Ok::<_, std::io::Error>((count > 0).then(|| (piece.freeze(), file)))
    });
    let body = StreamBody::new(pieces.map_ok(Frame::data));
    Ok(Response::builder().header("content-length", size).body(BoxBody::new(body))?)
}

async fn take(folder: &Path, mut body: Incoming) -> Outcome<Response<Body>> {
    let target = tempfile::NamedTempFile::new_in(folder)?;
    let mut file = File::from_std(target.reopen()?);
    let mut pending = Vec::with_capacity(CHUNK * 2);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            pending.extend_from_slice(&data);
        }
        if pending.len() >= CHUNK {
            file.write_all(&pending).await?;
            pending.clear();
        }
    }
    file.write_all(&pending).await?;
    file.sync_all().await?;
    Ok(Response::new(Full::from("{}").map_err(|never| match never {}).boxed()))
}
