package io.kera.coordinator;

import kera.codec.metadata.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Why a command changes nothing: the code, the thing concerned, what is allowed and what was asked. Immutable. */
public record Refusal(ErrorCode code, String what, long limit, long value) {
    static @Nullable Refusal unlessWithin(String what, long value, long least, long most) {
        if (value >= least && value <= most) {
            return null;
        }
        return new Refusal(ErrorCode.INVALID_ARGUMENT, what, value < least ? least : most, value);
    }
}
