package io.kera.node.control;

import io.kera.wire.FrameSeal;
import kera.codec.client.ErrorAnswerDecoder;
import kera.codec.client.FrameHeaderDecoder;
import kera.codec.control.CommandDoneDecoder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The core's answer to one command, copied out of the ring: a frame of its own, and whether it is a refusal.
 *
 * @param code 0: the core has carried out the command
 * @param what what a refusal is about; empty: it is no refusal
 */
record CoreAnswer(UnsafeBuffer frame, int schemaId, int templateId, int code, String what, long limit, long value) {
    static CoreAnswer of(UnsafeBuffer frame) {
        final FrameHeaderDecoder header = new FrameHeaderDecoder().wrap(frame, 0);
        final int schema = header.schemaId();
        final int template = header.templateId();
        if (schema == FrameHeaderDecoder.SCHEMA_ID && template == ErrorAnswerDecoder.TEMPLATE_ID) {
            final ErrorAnswerDecoder error = new ErrorAnswerDecoder()
                    .wrap(frame, FrameSeal.HEADER_BYTES, header.blockLength(), header.version());
            return new CoreAnswer(
                    frame, schema, template, error.codeRaw(), error.what(), error.limitValue(), error.value());
        }
        if (schema == kera.codec.control.FrameHeaderDecoder.SCHEMA_ID && template == CommandDoneDecoder.TEMPLATE_ID) {
            final CommandDoneDecoder done = new CommandDoneDecoder()
                    .wrap(frame, FrameSeal.HEADER_BYTES, header.blockLength(), header.version());
            return new CoreAnswer(
                    frame, schema, template, done.codeRaw(), done.what(), done.limitValue(), done.value());
        }
        return new CoreAnswer(frame, schema, template, 0, "", 0, 0);
    }

    boolean isRefusal() {
        return code != 0;
    }
}
