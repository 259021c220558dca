package io.kera.bench.aeron;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.codecs.SourceLocation;
import io.aeron.archive.status.RecordingPos;
import io.kera.bench.load.AckTimes;
import io.kera.bench.load.Engine;
import io.kera.bench.load.Sink;
import io.kera.bench.load.Source;
import io.kera.bench.load.Workload;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.status.CountersReader;

/**
 * Aeron with its Archive: a publication that is recorded, a subscription to it or to the recording's replay. A record is
 * acknowledged when the recording has passed it. Who finds nothing to read yields and looks again. Compiled on demand
 * against the peer's jars.
 */
public final class AeronEngine implements Engine {
    private static final String TERM = "term-length=16m";
    private static final int TERM_BYTES = 16 << 20;
    private static final int REPLAY_STREAM = 1 << 30;
    private static final long WAIT_NS = 10_000_000_000L;
    private static final long PURGE_MS = 50;

    private final Map<String, String> options = new HashMap<>();
    private final Aeron aeron;
    private final AeronArchive archive;
    private final String channel;
    private final String replayChannel;
    private final Map<String, Recorded> streams = new ConcurrentHashMap<>();
    private final ScheduledExecutorService purger = Executors.newSingleThreadScheduledExecutor(task -> {
        final Thread thread = new Thread(task, "purger");
        thread.setDaemon(true);
        return thread;
    });

    /** A publication, and where its recording is. */
    private record Recorded(ExclusivePublication publication, long recordingId, int counterId, int streamId) {}

    /** {@code FOLDER?channel=ipc&batch=1&read=live&segment=N&ports=P,Q}. */
    public AeronEngine(String uri, boolean oneThread) {
        final int question = uri.indexOf('?');
        for (final String option : uri.substring(question + 1).split("&")) {
            options.put(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
        }
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(uri.substring(0, question)));
        archive = AeronArchive.connect(new AeronArchive.Context()
                .aeron(aeron)
                .controlRequestChannel("aeron:ipc?term-length=64k")
                .controlRequestStreamId(AeronArchive.Configuration.localControlStreamId())
                .controlResponseChannel("aeron:ipc?term-length=64k"));
        if (isUdp()) {
            final String[] ports = options.get("ports").split(",");
            channel = "aeron:udp?endpoint=127.0.0.1:" + ports[0] + "|mtu=8k|" + TERM;
            replayChannel = "aeron:udp?endpoint=127.0.0.1:" + ports[1] + "|mtu=8k|" + TERM;
        } else {
            channel = "aeron:ipc?" + TERM;
            replayChannel = channel;
        }
    }

    private boolean isUdp() {
        return "udp".equals(options.get("channel"));
    }

    @Override
    public void createStream(String name, int streamlets, long retentionBytes) {
        final int streamId = Math.floorMod(name.hashCode(), REPLAY_STREAM);
        archive.startRecording(channel, streamId, isUdp() ? SourceLocation.REMOTE : SourceLocation.LOCAL);
        final ExclusivePublication publication = aeron.addExclusivePublication(channel, streamId);
        final CountersReader counters = aeron.countersReader();
        final long deadlineNs = System.nanoTime() + WAIT_NS;
        int counterId = CountersReader.NULL_COUNTER_ID;
        while (counterId == CountersReader.NULL_COUNTER_ID || !publication.isConnected()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("stream=" + name + " is not recorded after seconds=10");
            }
            Thread.yield();
            counterId = RecordingPos.findCounterIdBySession(counters, publication.sessionId(), archive.archiveId());
        }
        final long recordingId = RecordingPos.getRecordingId(counters, counterId);
        final Recorded stream = new Recorded(publication, recordingId, counterId, streamId);
        streams.put(name, stream);
        if (retentionBytes > 0) {
            purger.scheduleWithFixedDelay(
                    () -> purge(stream, retentionBytes), PURGE_MS, PURGE_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Whole segments, so that the newest so many bytes are kept. */
    private void purge(Recorded stream, long retentionBytes) {
        final long old = aeron.countersReader().getCounterValue(stream.counterId) - retentionBytes;
        final int segmentBytes = Integer.parseInt(options.get("segment"));
        if (old > segmentBytes) {
            archive.purgeSegments(
                    stream.recordingId, AeronArchive.segmentFileBasePosition(0, old, TERM_BYTES, segmentBytes));
        }
    }

    @Override
    public void deleteStream(String name) {
        purger.shutdown();
        try {
            purger.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        final Recorded stream = streams.remove(name);
        stream.publication.close();
        archive.stopRecording(channel, stream.streamId);
        final long deadlineNs = System.nanoTime() + WAIT_NS;
        while (archive.getStopPosition(stream.recordingId) == AeronArchive.NULL_POSITION
                && System.nanoTime() - deadlineNs < 0) {
            Thread.yield();
        }
        archive.purgeRecording(stream.recordingId);
    }

    @Override
    public Sink sink(Workload workload, AckTimes acks) {
        final Recorded stream = streams.get(workload.streamName(0));
        return new AeronSink(
                stream.publication,
                aeron.countersReader(),
                stream.counterId,
                Integer.parseInt(options.get("batch")),
                workload.payload().longest(),
                acks);
    }

    @Override
    public Source source(Workload workload, int share, int shares) {
        final Recorded stream = streams.get(workload.streamName(0));
        final Subscription subscription = "replay".equals(options.get("read"))
                ? archive.replay(
                        stream.recordingId, 0, Long.MAX_VALUE, replayChannel, REPLAY_STREAM + stream.streamId)
                : aeron.addSubscription(channel, stream.streamId);
        final long deadlineNs = System.nanoTime() + WAIT_NS;
        while (!subscription.isConnected()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("nothing to read after seconds=10");
            }
            Thread.yield();
        }
        return new AeronSource(subscription);
    }

    @Override
    public void close() {
        archive.close();
        aeron.close();
    }

    /** What an offer came to that will not succeed later. */
    static void check(long position) {
        if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
            throw new IllegalStateException("offer=" + position + "; the publication has ended");
        }
    }
}
