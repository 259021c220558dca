package io.kera.cli.stream;

import io.kera.cli.console.Amounts;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A size that fits an int. Stateless. */
final class ByteSizeConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
        return Math.toIntExact(bytes(value, Integer.MAX_VALUE, ""));
    }

    static long bytes(String value, long most, String otherwise) {
        final long bytes = Amounts.parseBytes(value);
        if (bytes < 0 || bytes > most) {
            throw new TypeConversionException("value=" + value + " limit=0.." + most
                    + "; give bytes, or a number with k, m, g or t, such as 10g" + otherwise);
        }
        return bytes;
    }
}
