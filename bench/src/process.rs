//! The process that is measured.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::sleep;

use crate::stats::Watch;
use crate::{Outcome, http};

/// Name of the administrator of every measured server.
pub(crate) const ADMIN: &str = "admin";
/// The administrator's password.
pub(crate) const ADMIN_PASSWORD: &str = "admin-password";

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A child process that is ended with this value.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(crate) ready_after: Duration,
}

/// What a process has used so far.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    /// Processor time of all its threads, user and system, in seconds.
    pub(crate) cpu: f64,
    /// Resident memory in KiB.
    pub(crate) rss: f64,
    /// The most that it ever was, in KiB.
    pub(crate) peak: f64,
}

impl Process {
    /// Starts the server on the data in `data` and waits for its first answer.
    pub(crate) async fn gantry(server: &Path, data: &Path) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::path::absolute(server)?);
        command
            .arg("serve")
            .env_clear()
            .env("PORT", address.port().to_string())
            .env("BIND_IP", address.ip().to_string())
            .env("ROOT_URL", format!("http://{address}"))
            .env("GANTRY_DATA", data)
            // No rate limits: one machine plays all users.
            .env("TEST_MODE", "true")
            .env("ADMIN_USERNAME", ADMIN)
            .env("ADMIN_PASS", ADMIN_PASSWORD)
            .env("ADMIN_EMAIL", "admin@example.org")
            .env("OVERWRITE_SETTING_Show_Setup_Wizard", "completed")
            .env("RUST_LOG", "error");
        Self::start(command, address, Some("/livez")).await
    }

    /// Starts a program that will listen on `address`. With `path` it is ready when it answers that, without
    /// when it accepts a connection.
    pub(crate) async fn start(
        mut command: Command,
        address: SocketAddr,
        path: Option<&str>,
    ) -> Outcome<Self> {
        let watch = Watch::start();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut process = Self { child, address, ready_after: Duration::ZERO };
        loop {
            let ready = match (http::Connection::open(address).await, path) {
                (Ok(mut connection), Some(path)) => {
                    connection.send(http::get(path).as_bytes()).await.is_ok_and(|answer| answer.status == 200)
                }
                (Ok(_), None) => true,
                (Err(_), _) => false,
            };
            if ready {
                process.ready_after = watch.elapsed();
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait()? {
                return Err(
                    format!("{:?} ended with {status} before it was ready", command.get_program()).into()
                );
            }
            if watch.elapsed() > PATIENCE {
                return Err(format!("{:?} was not ready within {PATIENCE:?}", command.get_program()).into());
            }
            sleep(Duration::from_micros(500)).await;
        }
    }

    /// What it has used by now.
    pub(crate) fn usage(&self) -> Outcome<Usage> {
        let folder = PathBuf::from(format!("/proc/{}", self.child.id()));
        let stat = std::fs::read_to_string(folder.join("stat"))?;
        // The name, in parentheses, may hold spaces; user and system time are fields 14 and 15.
        let after_name = stat.rsplit_once(") ").ok_or("unexpected form of /proc/<pid>/stat")?.1;
        let mut fields = after_name.split(' ').skip(11);
        let ticks: f64 = fields.next().ok_or("no user time")?.parse::<f64>()?
            + fields.next().ok_or("no system time")?.parse::<f64>()?;
        let status = std::fs::read_to_string(folder.join("status"))?;
        let memory = |name: &str| -> Outcome<f64> {
            let mut lines = status.lines();
            let found = lines.find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
            Ok(found.ok_or_else(|| format!("no {name}"))?.parse()?)
        };
        Ok(Usage { cpu: ticks / TICKS_PER_SECOND, rss: memory("VmRSS:")?, peak: memory("VmHWM:")? })
    }

    /// The memory once it has stopped changing.
    pub(crate) async fn settled_rss(&self) -> Outcome<f64> {
        let mut last = self.usage()?.rss;
        for _ in 0..20 {
            sleep(Duration::from_millis(500)).await;
            let now = self.usage()?.rss;
            if (now - last).abs() <= 64.0 {
                return Ok(now);
            }
            last = now;
        }
        Ok(last)
    }

    /// Asks it to stop and waits until it has.
    pub(crate) async fn stop(mut self) -> Outcome {
        let watch = Watch::start();
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        if !asked.success() {
            return Err("the server could not be told to stop".into());
        }
        while self.child.try_wait()?.is_none() {
            if watch.elapsed() > PATIENCE {
                return Err(format!("the server did not stop within {PATIENCE:?}").into());
            }
            sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `USER_HZ` of Linux, which is 100 on every architecture that Rust runs on there.
const TICKS_PER_SECOND: f64 = 100.0;

/// An address that nothing listens on.
pub(crate) fn free_address() -> Outcome<SocketAddr> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
