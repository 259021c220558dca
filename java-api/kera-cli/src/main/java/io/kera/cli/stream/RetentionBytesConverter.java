package io.kera.cli.stream;

import picocli.CommandLine.ITypeConverter;

/** How much of a streamlet is kept: {@code 10g}, or {@code unlimited}, which is -1. Stateless. */
final class RetentionBytesConverter implements ITypeConverter<Long> {
    static final String UNLIMITED = "unlimited";

    @Override
    public Long convert(String value) {
        return UNLIMITED.equals(value)
                ? Long.valueOf(-1)
                : ByteSizeConverter.bytes(value, Long.MAX_VALUE, ", or " + UNLIMITED);
    }
}
