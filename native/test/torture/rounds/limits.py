# Every limit of every message, in both directions: the walk of limit_cases.py on a node over TCP and shared memory.
# Each case gets its answer, or an error that names the wrong field, and the node keeps running.
import re

import chunks
import frames
import limit_cases
from frames import HEADER_BYTES
from scene import Attack
from session import Refused, Session
from tcp_peer import PeerLost, Silence
from vital_signs import Ill

PATIENCE_SECONDS = 20
RECORDS_ABSURD = 1 << 20
# Words that an error uses for a field in place of the field's name.
OTHER_WORDS = {'streamlets': 'fetch entries', 'tail': 'chunk record', 'recordOffset': 'offset', 'cursor': 'lane group'}
ONE_WAY = {'Credit'}


def words(text):
    """The words of a name in either style, without plural endings."""
    return {word.lower().rstrip('s') for word in re.findall(r'[A-Za-z][a-z]*', text)}


class EveryLimit(Attack):
    name = 'limits'
    about = 'every limit of every message and of a chunk, at it and beyond it, over TCP and shared memory'
    planned = {'frames sent': 4000, 'limits driven': 4000}
    # The heap keeps what several streams of 65,534 streamlets needed at once, about 600 MiB; creating and deleting more
    # of them needs nothing new.
    slack_bytes = 640 << 20

    def play(self, scene):
        for kind in ('tcp', 'shm'):
            Walk(scene, kind).all()


class Walk:
    """The walk over one transport. Holds the session, and the values of correct requests."""

    def __init__(self, scene, kind):
        self.scene = scene
        self.kind = kind
        self.schema = scene.node.schema
        self.session = None
        self.stream = -1
        self.names = 0
        self.silent = set()

    def all(self):
        for message in self.schema.messages.values():
            self.walk(message)
        self.walk_chunks()
        self.close()

    def walk(self, message):
        self.renew()
        base = self.base(message.fields) | {text.name: self.text(message, text) for text in message.texts}
        for group in message.groups:
            base[group.name] = [self.base(group.fields) | {text.name: b'text' for text in group.texts}]
        length = len(self.build(limit_cases.Case(message.name, '', '', base), message, 0))
        for case in limit_cases.cases(message, base, length):
            # Waiting for one missing answer per field takes long enough.
            if not self.scene.full and (message.name, case.field) not in self.silent:
                self.drive(case, message)
        try:
            self.scene.signs.round_trip(self.kind)
        except (Ill, Refused, PeerLost, Silence) as ill:
            self.scene.fail(f'{self.kind} {message.name}, after all its cases: {type(ill).__name__}: {ill}')
            self.close()
            self.stream = -1
            self.scene.fresh_node()

    # Values with which a request is correct.

    def renew(self):
        """Provides a session and a stream with records, because the case before may have ended either."""
        try:
            if self.session is None:
                self.session = self.scene.node.session(self.kind)
            try:
                found = self.session.ask('DescribeStream', streamId=self.stream).streamId
            except Refused:
                found = -1
            if found < 0:
                self.stream = self.session.create(self.fresh_name())
                self.session.append_one(chunks.chunk(self.stream, [b'first', b'second']))
        except (PeerLost, Silence):
            self.session = None
            raise

    def fresh_name(self):
        self.names += 1
        return f'limit-{self.kind}-{self.names}'

    def base(self, fields):
        usual = {'streamId': self.stream, 'versionMin': 1, 'versionMax': 1, 'streamlets': 1, 'lanes': 1, 'bytesMin': 1,
                 'bytesMax': 65536, 'creditBytes': 65536, 'chunkCount': 1, 'ackLevel': 1, 'ackLevelMin': 1,
                 'timestampMs': -2, 'subscriptionId': 7}
        values = {}
        for field in fields:
            if hasattr(field, 'members'):
                values[field.name] = self.base(field.members)
            else:
                values[field.name] = usual.get(field.name, 0) if field.neutral is None else field.neutral
        return values

    def text(self, message, text):
        return b'' if text.name == 'token' else self.fresh_name().encode()

    def build(self, case, message, correlation_id):
        values = dict(case.values)
        if message.name == 'CreateStream':
            if case.field != 'name':
                values['name'] = self.fresh_name().encode()
        if message.name == 'Subscribe' and case.field != 'subscriptionId':
            values['subscriptionId'] = self.session.next_id
        tail = chunks.chunk(self.stream, [b'driven']) if message.name == 'Append' else b''
        frame = frames.encode(self.schema, message, values, correlation_id, case.tail or tail, **case.header)
        if case.cut >= 0:
            frame = frames.HEADER.pack(case.cut, *frames.HEADER.unpack_from(frame)[1:]) + frame[HEADER_BYTES:case.cut]
        return frame

    # Sending the cases.

    def drive(self, case, message):
        if message.name == 'Hello':
            self.close()
            self.session = Session(self.open_peer(), self.schema, self.scene.tally)
        elif self.session is None:
            self.renew()
        correlation_id, self.session.next_id = self.session.next_id, self.session.next_id + 1
        frame = self.build(case, message, correlation_id)
        self.scene.tally.count('limits driven')
        explained = False
        try:
            self.session.send_frame(frame)
            if not self.expects_nothing(case, message):
                answer = self.session.answer(correlation_id, PATIENCE_SECONDS)
                explained = answer.name == 'ErrorAnswer'
                self.judge(case, answer, frame)
            if message.name == 'Hello':
                self.close()
            else:
                self.session.ask('Ping', b'', PATIENCE_SECONDS)
        except Refused as refused:
            # The error is about the frame itself, so the node did not use its correlation id.
            self.close()
            self.live(case, frame, None if refused.what else 'an error without a subject')
        except (PeerLost, Silence, frames.Malformed) as lost:
            if isinstance(lost, Silence):
                self.silent.add((message.name, case.field))
            explained = explained or any(answer.correlation_id == correlation_id for answer in self.session.unasked)
            self.close()
            self.live(case, frame, None if explained else f'{type(lost).__name__}: {lost}')
        self.undo(case, message)

    def open_peer(self):
        return self.scene.node.tcp() if self.kind == 'tcp' else self.scene.node.shm()

    @staticmethod
    def expects_nothing(case, message):
        return message.name in ONE_WAY or (message.name == 'Append' and case.field == 'ackLevel' and case.number == 0)

    def judge(self, case, answer, frame):
        codes = [answer.code] if answer.name == 'ErrorAnswer' else []
        for entries in answer.values.values():
            codes += [entry['code'] for entry in entries if 'code' in entry] if isinstance(entries, list) else []
        if case.must_refuse and not any(codes):
            self.scene.fail(f'{self.kind} {case}: accepted, although it is impossible', frame)
        if self.schema.value('ErrorCode', 'INTERNAL') in codes:
            self.scene.fail(f'{self.kind} {case}: answered INTERNAL', frame)
        if answer.name == 'ErrorAnswer':
            self.judge_error(case, answer, frame)

    def judge_error(self, case, answer, frame):
        what = answer.what.decode(errors='replace')
        code = self.schema.names('ErrorCode').get(answer.code, 'an unknown code')
        if not what:
            self.scene.fail(f'{self.kind} {case}: {code} without a subject', frame)
        elif code in ('INVALID_ARGUMENT', 'LIMIT_EXCEEDED') and not case.header and case.field not in ('all', 'length'):
            known = words(' '.join([case.field, *(OTHER_WORDS.get(step, '') for step in case.field.split('.'))]))
            if what != 'frame_bytes' and not known & words(what):
                self.scene.fail(f'{self.kind} {case}: {code} names {what}, not the wrong field', frame)
            if code == 'LIMIT_EXCEEDED' and answer.limitValue == answer.value == case.number:
                self.scene.fail(f'{self.kind} {case}: {what} is refused at its own limit {answer.limitValue}', frame)

    def live(self, case, frame, lost):
        """After the end of a connection: the node must run. If not, that is a failure, and a new node starts."""
        if not self.scene.node.lives():
            said = (self.scene.node.bad_lines() or self.scene.node.log_tail(3) or [''])[0]
            self.scene.fail(f'{self.kind} {case}: the node ended: {said}', frame)
            self.scene.fresh_node()
            self.stream = -1
        elif lost is not None:
            self.scene.fail(f'{self.kind} {case}: {lost}', frame)
            self.scene.fresh_node()
            self.stream = -1

    def undo(self, case, message):
        """Deletes created streams, so that streamlets do not accumulate."""
        if message.name == 'CreateStream' and self.session is not None:
            try:
                for stream in self.session.list_streams():
                    if stream != self.stream:
                        self.session.ask('DeleteStream', b'', 120, streamId=stream)
            except (Refused, PeerLost, Silence) as lost:
                self.close()
                self.live(case, b'', f'{type(lost).__name__}: {lost} while its streams were deleted')

    def close(self):
        if self.session is not None:
            self.session.close()
            self.session = None

    # Chunks in an append, sealed with correct checksums, with each number set to a wrong value.

    def walk_chunks(self):
        append = self.schema.messages['Append']
        noise = self.scene.random.randbytes(200)
        for shape, extra in (('plain', {}), ('compressed', {'attributes': 1, 'payload': noise}),
                             ('kafka', {'payloadFormat': 2, 'payload': noise})):
            def build(name, value, extra=extra):
                self.renew()
                return chunks.chunk(self.stream, [b'one', b'two'], **{**extra, name: value})
            for name, value, data in limit_cases.chunk_cases(chunks.HEADER, build):
                if not self.scene.full:
                    base = self.base(append.fields)
                    # Two hundred bytes cannot hold so many records, however they are compressed.
                    absurd = name == 'recordCount' and value > RECORDS_ABSURD
                    case = limit_cases.Case('Append', f'tail.{shape}.{name}', f'{value}', base, tail=data, number=value,
                                            must_refuse=absurd)
                    self.drive(case, append)
