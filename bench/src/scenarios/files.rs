//! Uploading and downloading, against a plain file through the same HTTP library.

use std::net::SocketAddr;

use super::load;
use crate::http::{self, Connection};
use crate::process::Process;
use crate::report::{Goal, Sheet};
use crate::seed::{Person, Workspace};
use crate::stats::Latencies;
use crate::{Options, Outcome, bare};

/// Bytes of the file.
const SIZE: usize = 4 << 20;
const CALLERS: usize = 4;
const BOUNDARY: &str = "gantry-bench-boundary";

pub(crate) async fn run(options: &Options, sheet: &mut Sheet) -> Outcome {
    let seconds = (options.seconds as f64 / 2.0).max(2.0);
    let workspace = Workspace::seeded(options, CALLERS, &[CALLERS]).await?;
    let folder = tempfile::tempdir_in(&options.scratch)?;
    // Letters: the load generator keeps requests as text.
    let content = "x".repeat(SIZE);
    std::fs::write(folder.path().join("sent"), &content)?;

    let plain = bare::files::start(folder.path()).await?;
    let plain_up = measure(&plain, seconds, http::post("/", None, &content)).await?;
    let plain_down = measure(&plain, seconds, http::get("/")).await?;
    plain.stop().await?;

    let server = Process::gantry(&options.server, workspace.path()).await?;
    let person = workspace.people[0].clone();
    let upload = form(&person, &workspace.rooms[0], &content);
    let path = first_upload(server.address, &upload).await?;
    let up = measure(&server, seconds, upload).await?;
    let down = measure(&server, seconds, signed_get(&path, &person)).await?;
    server.stop().await?;

    for (what, mut cost, plain) in [("uploads", up, plain_up), ("downloads", down, plain_down)] {
        sheet.note(format!("{what} of {} MiB, {CALLERS} callers", SIZE >> 20), cost.rate, "MiB/s");
        sheet.note(format!("{what}, HTTP library alone"), plain.rate, "MiB/s");
        sheet.goal(
            format!("{what}, server to library alone"),
            cost.rate / plain.rate,
            "",
            Goal::AtLeast(0.8),
        );
        sheet.note(format!("{what}, server CPU per GiB"), cost.cpu_per_gib, "s");
        sheet.note(format!("{what}, HTTP library alone, CPU per GiB"), plain.cpu_per_gib, "s");
        sheet.note(format!("{what}, p99"), cost.latencies.percentile(0.99), "ms");
    }
    Ok(())
}

struct Cost {
    rate: f64,
    cpu_per_gib: f64,
    latencies: Latencies,
}

async fn measure(server: &Process, seconds: f64, request: String) -> Outcome<Cost> {
    let before = server.usage()?.cpu;
    let (took, latencies) = load(server.address, CALLERS, seconds, move |_, _| request.clone()).await?;
    let mib = (latencies.len() * (SIZE >> 20)) as f64;
    let cpu = server.usage()?.cpu - before;
    Ok(Cost { rate: mib / took, cpu_per_gib: cpu / (mib / 1024.0), latencies })
}

/// A request that uploads `content` to `rid`.
fn form(person: &Person, rid: &str, content: &str) -> String {
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sheet.bin\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{content}\r\n--{BOUNDARY}--\r\n"
    );
    let request =
        http::post(&format!("/api/v1/rooms.media/{rid}"), Some((&person.uid, &person.token)), &body);
    request.replacen("application/json", &format!("multipart/form-data; boundary={BOUNDARY}"), 1)
}

fn signed_get(path: &str, person: &Person) -> String {
    let credentials = format!("X-User-Id: {}\r\nX-Auth-Token: {}\r\n", person.uid, person.token);
    http::get(path).replacen("Host:", &format!("{credentials}Host:"), 1)
}

/// Uploads once; the path at which the file is fetched.
async fn first_upload(address: SocketAddr, request: &str) -> Outcome<String> {
    let answer = Connection::open(address).await?.send(request.as_bytes()).await?.ok()?;
    let answer: serde_json::Value = serde_json::from_slice(&answer)?;
    Ok(answer["file"]["url"].as_str().ok_or("the upload has no address")?.to_owned())
}
