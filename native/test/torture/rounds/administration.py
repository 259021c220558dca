# Administration in a way that no client sends it: many requests behind one another on one connection, and on many
# connections at once, for the same streams. Every request gets an answer, data stays, and the node starts again.
from chunks import chunk
from rounds.signals import load_of, tell
from scene import Attack

CONNECTIONS = 17
UNCHANGED = {'ackLevelMin': 255, 'retentionMs': -2, 'retentionBytes': -2}


def together(sessions, asked):
    """Sends all requests on all connections before it reads an answer; returns the answers."""
    sent = [(session, [session.send(name, **values) for name, values in asks]) for session, asks in zip(sessions, asked)]
    return [session.answer(correlation_id) for session, ids in sent for correlation_id in ids]


class Pipelines(Attack):
    name = 'administration'
    about = 'pipelined create, alter, delete, delete-before, describe, list on one and on many connections'
    settings = {'reactors': '2'}
    planned = {'administration': 5000, 'chunks acknowledged': 150}

    def play(self, scene):
        load = load_of(scene, ('DISK', 'LEADER'), pause_seconds=0.1)
        sessions = [scene.node.session(('tcp', 'shm')[number % 4 == 3]) for number in range(CONNECTIONS)]
        try:
            self.delete_befores(scene, sessions)
            load.start(scene.node)
            self.create_with_delete(scene, sessions[0])
            self.alter_with_delete(scene, sessions[0])
            self.alter_twice(scene, sessions[0])
            self.mixture(scene, sessions)
        finally:
            for session in sessions:
                session.close()
        load.await_acknowledged(150, scene.node)
        load.end()
        load.check(scene.node)
        tell(scene, load)
        # A restart shows whether the stored settings are those that were in use.
        scene.stop_and_start()
        load.check(scene.node)
        tell(scene, load)

    def ask(self, scene, sessions, asked):
        scene.tally.count('administration', sum(len(asks) for asks in asked))
        return together(sessions, asked)

    def delete_befores(self, scene, sessions):
        """More of them at once than a disk's queue holds."""
        stream = sessions[0].create('forgetful', streamlets=4)
        asks = [('DeleteBefore', {'streamId': stream, 'streamletId': number % 4, 'recordOffset': 0})
                for number in range(255)]
        self.ask(scene, sessions, [asks] * len(sessions))

    def create_with_delete(self, scene, session):
        for number in range(60):
            stream = 1_000_000 + number
            asks = [('CreateStream', {'streamId': stream, 'streamlets': 1 + number % 3, 'lanes': 1, 'retentionMs': -1,
                                      'retentionBytes': -1, 'name': b'brief-%d' % number}),
                    ('DeleteStream', {'streamId': stream})]
            self.ask(scene, [session], [asks * 2])
            scene.node.must_run()

    def alter_with_delete(self, scene, session):
        for number in range(40):
            stream = session.create(f'altered-{number}')
            asks = [('AlterStream', {'streamId': stream, 'lanes': 2 + number % 5, 'streamlets': 1 + number % 7,
                                     **UNCHANGED}),
                    ('DeleteStream', {'streamId': stream})]
            self.ask(scene, [session], [asks])
            scene.node.must_run()

    def alter_twice(self, scene, session):
        """The last stored settings must be those of the lanes."""
        for number in range(30):
            stream = session.create(f'twice-{number}')
            asks = [('AlterStream', {'streamId': stream, 'lanes': 4, **UNCHANGED}),
                    ('AlterStream', {'streamId': stream, 'lanes': 0, **UNCHANGED, 'retentionMs': 3_600_000}),
                    ('DeleteBefore', {'streamId': stream, 'streamletId': 0, 'recordOffset': 0}),
                    ('DescribeStream', {'streamId': stream})]
            described = self.ask(scene, [session], [asks])[-1]
            if described.name == 'StreamAnswer' and described.lanes not in (1, 4):
                scene.fail(f'stream {stream} has lanes={described.lanes}, but 1 or 4 were set')
            for producer in session.ask('OpenProducer', producerId=-1), session.ask('OpenProducer', producerId=-1):
                self.fill(session, stream, producer.producerId)

    @staticmethod
    def fill(session, stream, producer):
        for sequence in range(4):
            session.append_one(chunk(stream, [b'filling'], producer=producer, sequence=sequence))

    def mixture(self, scene, sessions):
        rng = scene.random
        streams = [session.create(f'mixed-{number}', streamlets=2) for number, session in enumerate(sessions)]
        for _ in range(4):
            asked = [[self.any_request(rng, streams) for _ in range(48)] for _ in sessions]
            for answer in self.ask(scene, sessions, asked):
                if answer.name == 'StreamAnswer' and answer.streamId not in streams:
                    streams.append(answer.streamId)
            scene.node.must_run()

    @staticmethod
    def any_request(rng, streams):
        stream = rng.choice((rng.choice(streams), rng.choice(streams), 2_000_000 + rng.randrange(8)))
        return rng.choice((
            ('CreateStream', {'streamId': rng.choice((-1, 2_000_000 + rng.randrange(8))), 'streamlets': rng.randrange(1, 4),
                              'lanes': rng.randrange(1, 4), 'retentionMs': -1, 'retentionBytes': -1,
                              'name': b'any-%d' % rng.randrange(60)}),
            ('AlterStream', {'streamId': stream, 'lanes': rng.randrange(5), 'streamlets': rng.randrange(-1, 9),
                             'ackLevelMin': rng.choice((0, 1, 2, 3, 255)),
                             'retentionMs': rng.choice((-2, -1, 1000)), 'retentionBytes': rng.choice((-2, -1, 1 << 20))}),
            ('DeleteStream', {'streamId': stream}),
            ('DeleteBefore', {'streamId': stream, 'streamletId': rng.randrange(3), 'recordOffset': rng.randrange(4)}),
            ('DescribeStream', {'streamId': stream}),
            ('DescribeStream', {'streamId': -1, 'name': b'any-%d' % rng.randrange(60)}),
            ('ListStreams', {}), ('DescribeNode', {}),
            ('AcquireGroup', {'streamId': stream, 'streamletId': 0, 'readerName': b'reader'})))
