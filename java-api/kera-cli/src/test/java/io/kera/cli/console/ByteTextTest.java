package io.kera.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.testing.JsonText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteTextTest {
    private static String drained(ByteText text) throws IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        text.drainTo(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void knowsTextAsTheJdkDoes() {
        final Random random = new Random(11);
        final int[] likely = {
            0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xa0, 0xed, 0x9f, 0xef, 0xf0, 0x90, 0xf4, 0x8f, 0xf5
        };
        for (int round = 0; round < 200_000; round++) {
            final byte[] bytes = new byte[random.nextInt(6)];
            for (int at = 0; at < bytes.length; at++) {
                bytes[at] = (byte) (random.nextBoolean() ? likely[random.nextInt(likely.length)] : random.nextInt(256));
            }
            assertEquals(
                    isText(bytes),
                    ByteText.isUtf8(new UnsafeBuffer(bytes), 0, bytes.length),
                    () -> java.util.HexFormat.of().formatHex(bytes));
        }
    }

    private static boolean isText(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 7, 10, -1, 1234567890123L, Long.MAX_VALUE, Long.MIN_VALUE, -9999})
    void writesNumbers(long number) throws IOException {
        final ByteText text = new ByteText();
        text.putNumber(number);
        assertEquals(Long.toString(number), drained(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "\u00e9 first", "then \u4e2d, and \ud83d\ude00 more"})
    void writesText(String some) throws IOException {
        final ByteText text = new ByteText();
        text.put(some);
        assertEquals(some, drained(text));
    }

    @Test
    void writesJsonThatReadsBack() throws IOException {
        final StringBuilder all = new StringBuilder();
        for (char c = 0; c < 0x300; c++) {
            all.append(c);
        }
        all.append("\u4e2d\ud83d\ude00");
        final byte[] bytes = all.toString().getBytes(StandardCharsets.UTF_8);
        final ByteText text = new ByteText();
        text.put("{\"a\":\"");
        text.putJson(new UnsafeBuffer(bytes), 0, bytes.length);
        text.put("\"}");
        assertEquals(Map.of("a", all.toString()), JsonText.object(drained(text)));
        assertEquals(
                Map.of("a", all.toString()),
                JsonText.object(new JsonObject().put("a", all.toString()).toString()));
    }

    @Test
    void growsAsFarAsItMust() throws IOException {
        final byte[] bytes = new byte[1 << 20];
        final ByteText text = new ByteText();
        text.putHex(new UnsafeBuffer(bytes), 0, bytes.length);
        assertEquals(2 << 20, text.length());
        assertTrue(drained(text).matches("0+"));
    }
}
