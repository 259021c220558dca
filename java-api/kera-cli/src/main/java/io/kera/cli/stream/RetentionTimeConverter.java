package io.kera.cli.stream;

import io.kera.cli.console.Amounts;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How long records are kept, in milliseconds: {@code 7d}, or {@code forever}, which is -1. Stateless. */
final class RetentionTimeConverter implements ITypeConverter<Long> {
    static final String FOREVER = "forever";

    @Override
    public Long convert(String value) {
        if (FOREVER.equals(value)) {
            return -1L;
        }
        final long millis = Amounts.parseMillis(value);
        if (millis < 0) {
            throw new TypeConversionException("value=" + value
                    + " limit=0ms..forever; give a number with ms, s, m, h or d, such as 7d, or " + FOREVER);
        }
        return millis;
    }
}
