//! A broadcast through the server's WebSocket library and nothing else: no protocol, no queue bounds, no
//! rights. It runs in a process of its own, with the same kind of runtime as the server.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::process::{Process, free_address};
use crate::{Failure, Outcome};

const ADDRESS: &str = "GANTRY_BENCH_ADDRESS";

type Receivers = Arc<Mutex<Vec<UnboundedSender<Utf8Bytes>>>>;

/// Starts this program as the broadcaster.
pub(crate) async fn start() -> Outcome<Process> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare-broadcast").env(ADDRESS, address.to_string());
    Process::start(command, address, None).await
}

/// Serves until it is killed. A client that sends `<frames> <bytes>` makes it send that many frames of that
/// size to everybody else.
pub(crate) fn serve() -> Outcome {
    let address: SocketAddr = std::env::var(ADDRESS)?.parse()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(address).await?;
        let receivers = Receivers::default();
        loop {
            let (stream, _) = listener.accept().await?;
            // An end of one connection, however it comes, is no concern of the others.
            tokio::spawn(connection(stream, receivers.clone()));
        }
    })
}

async fn connection(stream: TcpStream, receivers: Receivers) -> Outcome {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(16 * 1024);
    let mut socket = accept_async_with_config(stream, Some(config)).await?;
    let (sender, mut queue) = unbounded_channel();
    receivers.lock().unwrap_or_else(PoisonError::into_inner).push(sender.clone());
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            waiting = queue.recv_many(&mut batch, 256) => {
                if waiting == 0 {
                    return Ok(());
                }
                for frame in batch.drain(..) {
                    socket.feed(Message::Text(frame)).await?;
                }
                socket.flush().await?;
            }
            message = socket.next() => match message {
                Some(Ok(Message::Text(order))) => broadcast(&order, &sender, &receivers)?,
                Some(Ok(_)) => {}
                _ => return Ok(()),
            },
        }
    }
}

fn broadcast(order: &str, own: &UnboundedSender<Utf8Bytes>, receivers: &Receivers) -> Outcome {
    let (frames, bytes) = order.split_once(' ').ok_or_else(|| Failure::from("an order is two numbers"))?;
    let (frames, bytes): (usize, usize) = (frames.parse()?, bytes.parse()?);
    for _ in 0..frames {
        let frame = Utf8Bytes::from("x".repeat(bytes));
        let mut receivers = receivers.lock().unwrap_or_else(PoisonError::into_inner);
        receivers.retain(|receiver| receiver.same_channel(own) || receiver.send(frame.clone()).is_ok());
    }
    Ok(())
}
