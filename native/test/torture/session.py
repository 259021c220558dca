# A client's session with a node over any peer: Hello first, then requests; the correlation id matches the answers. One
# thread. Pushes and answers to other requests are kept in `unasked`.
import time

import chunks
import frames

ANSWER_SECONDS = 60
PASSING = {'MEMORY_EXHAUSTED', 'WOULD_BLOCK', 'TIMED_OUT'}


class Refused(Exception):
    """An ErrorAnswer, or a result with an error code."""

    def __init__(self, code, what='', limit=0, value=0):
        super().__init__(f'{code} {what} limit={limit} value={value}')
        self.code, self.what, self.limit, self.value = code, what, limit, value


class Session:
    def __init__(self, peer, schema, tally=None):
        self.peer = peer
        self.schema = schema
        self.tally = tally
        self.error_codes = schema.names('ErrorCode')
        self.next_id = 1
        self.unasked = []

    @staticmethod
    def greeted(peer, schema, tally=None, token=b''):
        session = Session(peer, schema, tally)
        try:
            session.hello_answer = session.ask('Hello', versionMin=1, versionMax=1, clientName=b'torture', token=token)
        except BaseException:
            peer.close()
            raise
        return session

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.peer.close()

    def frame(self, name, tail=b'', /, **values):
        """Returns a request's frame and its new correlation id."""
        correlation_id, self.next_id = self.next_id, self.next_id + 1
        return frames.encode(self.schema, self.schema.messages[name], values, correlation_id, tail), correlation_id

    def send_frame(self, frame):
        if self.tally is not None:
            self.tally.sent(frame)
        self.peer.send(frame)

    def send(self, name, tail=b'', /, **values):
        frame, correlation_id = self.frame(name, tail, **values)
        self.send_frame(frame)
        return correlation_id

    def ask(self, name, tail=b'', seconds=ANSWER_SECONDS, /, **values):
        return self.checked(self.answer(self.send(name, tail, **values), seconds))

    def answer(self, correlation_id, seconds=ANSWER_SECONDS):
        """The answer to one request, also an error."""
        for at, kept in enumerate(self.unasked):
            if kept.correlation_id == correlation_id:
                return self.unasked.pop(at)
        while True:
            answer = frames.decode(self.schema, self.peer.receive(seconds))
            if answer.correlation_id == correlation_id:
                return answer
            self.unasked.append(answer)
            if answer.name == 'ErrorAnswer' and answer.correlation_id == -1:
                self.checked(answer)

    def code(self, number):
        return self.error_codes.get(number, f'code {number}')

    def checked(self, answer):
        if answer.name == 'ErrorAnswer':
            raise Refused(self.code(answer.code), answer.what.decode(errors='replace'), answer.limitValue, answer.value)
        return answer

    def create(self, name, **settings):
        """Creates a stream and returns its id."""
        asked = {'streamId': -1, 'streamlets': 1, 'lanes': 1, 'retentionMs': -1, 'retentionBytes': -1, **settings}
        return self.ask('CreateStream', name=name.encode(), **asked).streamId

    def list_streams(self):
        """The ids of all streams, read page by page if the schema has pages."""
        found, last = [], 0
        while True:
            page = self.ask('ListStreams', afterStreamId=last)
            found += [stream['streamId'] for stream in page.streams]
            if not page.values.get('more') or not page.streams or found[-1] <= last:
                return found
            last = found[-1]

    def append(self, data, level='DISK', count=1, timeout_ms=0):
        """The results of one append; raises for a refused message, not for a refused chunk."""
        ack = self.schema.value('AckLevel', level)
        return self.ask('Append', data, timeoutMs=timeout_ms, chunkCount=count, ackLevel=ack).results

    def append_one(self, data, level='DISK', timeout_ms=0):
        """Appends one chunk and returns its base offset."""
        result = self.append(data, level, 1, timeout_ms)[0]
        if result['code'] != 0:
            raise Refused(self.code(result['code']), 'append', result['limitValue'], result['value'])
        return result['baseOffset']

    def append_surely(self, data, level='DISK'):
        """Like `append_one`, but tries again after refusals that pass by themselves: a slow disk is not a defect."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                return self.append_one(data, level)
            except Refused as refused:
                if refused.code not in PASSING or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def fetch(self, stream, offset, *, streamlet=0, wait_ms=0, bytes_max=1 << 20, seconds=ANSWER_SECONDS, cursor=None):
        """(entry, chunks) of a fetch in offset order over one streamlet."""
        entry = {'streamId': stream, 'streamletId': streamlet, 'recordOffset': offset, 'bytesMax': bytes_max,
                 'cursor': cursor or {'lane': -1}}
        answer = self.ask('Fetch', b'', seconds, waitMsMax=wait_ms, bytesMin=1, bytesMax=bytes_max, streamlets=[entry])
        got = answer.streamlets[0]
        if got['code'] != 0:
            raise Refused(self.code(got['code']), 'fetch', got['limitValue'], got['value'])
        return got, chunks.read_chunks(answer.tail[:got['dataBytes']])
