package io.kera.cli.connect;

import io.kera.cli.console.Amounts;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A wait of at least a millisecond. Stateless. */
final class TimeoutConverter implements ITypeConverter<Duration> {
    private static final long MOST_MILLIS = 86_400_000;

    @Override
    public Duration convert(String value) {
        final long millis = Amounts.parseMillis(value);
        if (millis < 1 || millis > MOST_MILLIS) {
            throw new TypeConversionException(
                    "value=" + value + " limit=1ms..1d; give a number with ms, s, m, h or d, such as 10s");
        }
        return Duration.ofMillis(millis);
    }
}
