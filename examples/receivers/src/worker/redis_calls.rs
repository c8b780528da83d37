//! What a worker says to Redis.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::{StreamAutoClaimReply, StreamPendingCountReply, StreamReadReply};
use redis::{Cmd, Pipeline, RedisResult, cmd, pipe};

use super::entry::Entry;
use crate::queue::{OVERHEAD, bytes_in};

const GROUP: &str = "workers";

/// From the beginning of the stream: what came before the first worker is not passed over.
pub(super) async fn create_group(
    redis: &mut MultiplexedConnection,
    stream: &str,
) -> RedisResult<()> {
    let created: RedisResult<()> = cmd("XGROUP")
        .arg(&["CREATE", stream, GROUP, "0", "MKSTREAM"])
        .query_async(redis)
        .await;
    match created {
        Err(error) if error.code() == Some("BUSYGROUP") => Ok(()), // it is there
        created => created,
    }
}

/// One entry of each stream at most: what waits in a worker's hand would look as if the worker had crashed.
pub(super) async fn read_new(
    redis: &mut MultiplexedConnection,
    streams: &[String],
    worker: &str,
    block: Duration,
) -> RedisResult<Vec<Entry>> {
    let reply: Option<StreamReadReply> = cmd("XREADGROUP")
        .arg(&["GROUP", GROUP, worker, "COUNT", "1"])
        .arg("BLOCK")
        .arg(block.as_millis() as u64)
        .arg("STREAMS")
        .arg(streams)
        .arg(vec![">"; streams.len()])
        .query_async(redis)
        .await?;
    let streams = reply.map(|reply| reply.keys).unwrap_or_default();
    let entries = streams
        .iter()
        .flat_map(|stream| stream.ids.iter().map(|entry| (&stream.key, entry)));
    Ok(entries
        .map(|(stream, entry)| Entry::read(stream, entry, 1))
        .collect())
}

/// Where to go on, and an entry that nobody has touched for so long.
pub(super) async fn take_over(
    redis: &mut MultiplexedConnection,
    stream: &str,
    worker: &str,
    idle: Duration,
    from: &str,
) -> RedisResult<(String, Option<Entry>)> {
    let reply: StreamAutoClaimReply = cmd("XAUTOCLAIM")
        .arg(&[stream, GROUP, worker])
        .arg(idle.as_millis() as u64)
        .arg(&[from, "COUNT", "1"])
        .query_async(redis)
        .await?;
    let Some(entry) = reply.claimed.first() else {
        return Ok((reply.next_stream_id, None));
    };
    let pending: StreamPendingCountReply = cmd("XPENDING")
        .arg(&[stream, GROUP, &entry.id, &entry.id, "1"])
        .query_async(redis)
        .await?;
    // None: acknowledged in this moment, by the worker that was slow.
    let entry = pending
        .ids
        .first()
        .map(|pending| Entry::read(stream, entry, pending.times_delivered));
    Ok((reply.next_stream_id, entry))
}

/// Leaves the entry pending as one that no handler has failed at: to look at it has counted as a delivery.
pub(super) async fn wait(
    redis: &mut MultiplexedConnection,
    entry: &Entry,
    worker: &str,
) -> RedisResult<()> {
    cmd("XCLAIM")
        .arg(&[
            &entry.stream,
            GROUP,
            worker,
            "0",
            &entry.id,
            "RETRYCOUNT",
            "0",
            "JUSTID",
        ])
        .exec_async(redis)
        .await
}

/// Whether the mark is set. From here to `commit` nobody else sets it unnoticed.
pub(super) async fn watch(redis: &mut MultiplexedConnection, mark: &str) -> RedisResult<bool> {
    let ((), marked): ((), bool) = pipe()
        .cmd("WATCH")
        .arg(mark)
        .cmd("EXISTS")
        .arg(mark)
        .query_async(redis)
        .await?;
    if marked {
        unwatch(redis).await?;
    }
    Ok(marked)
}

pub(super) async fn unwatch(redis: &mut MultiplexedConnection) -> RedisResult<()> {
    cmd("UNWATCH").query_async(redis).await
}

/// The effects, the mark and the acknowledgement: all of them, or none if the mark was set meanwhile.
pub(super) async fn commit(
    redis: &mut MultiplexedConnection,
    entry: &Entry,
    mut effects: Pipeline,
    mark: &str,
    remember: Duration,
) -> RedisResult<()> {
    let Entry { stream, id, .. } = entry;
    let _: Option<redis::Value> = effects
        .atomic()
        .cmd("SET")
        .arg(&[mark, id])
        .arg("PX")
        .arg(remember.as_millis() as u64)
        .cmd("XACK")
        .arg(&[stream, GROUP, id])
        .cmd("XDEL")
        .arg(&[stream, id])
        .cmd("DECRBY")
        .arg(bytes_in(stream))
        .arg(entry.body.len() + OVERHEAD)
        .query_async(redis)
        .await?;
    Ok(())
}

/// Of workers that finish an entry at the same time one does, or its bytes would be taken off twice.
const FINISH: &str = "
    if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return end
    if KEYS[3] then
        redis.call('XADD', KEYS[3], '*', 'body', ARGV[4], 'received_at', ARGV[5], 'reason', ARGV[6],
            'from', KEYS[1] .. ' ' .. ARGV[2])
    end
    redis.call('XDEL', KEYS[1], ARGV[2])
    redis.call('DECRBY', KEYS[2], ARGV[3])";

/// To be followed by the body, the time and the reason where it goes to the dead letters.
fn finishing(entry: &Entry, dead: Option<&str>) -> Cmd {
    let mut script = cmd("EVAL");
    script
        .arg(FINISH)
        .arg(if dead.is_some() { 3 } else { 2 })
        .arg(&[&entry.stream, &bytes_in(&entry.stream)])
        .arg(dead)
        .arg(&[GROUP, &entry.id])
        .arg(entry.body.len() + OVERHEAD);
    script
}

/// Nothing is left to be done for the entry.
pub(super) async fn finish(redis: &mut MultiplexedConnection, entry: &Entry) -> RedisResult<()> {
    finishing(entry, None).query_async(redis).await
}

/// The entry goes to the dead letters, as it came and with the reason.
pub(super) async fn bury(
    redis: &mut MultiplexedConnection,
    entry: &Entry,
    dead: &str,
    reason: &str,
) -> RedisResult<()> {
    finishing(entry, Some(dead))
        .arg(&entry.body)
        .arg(entry.received_at.timestamp_micros())
        .arg(reason)
        .query_async(redis)
        .await
}
