package io.kera.cli.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.agrona.DirectBuffer;

/** Bytes on their way to standard output, made without allocating. One thread; grows as far as the largest record needs. */
public final class ByteText {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int LONG_DIGITS_MAX = 20;

    private byte[] bytes = new byte[64 << 10];
    private int length;

    public int length() {
        return length;
    }

    public void put(int one) {
        room(1);
        bytes[length++] = (byte) one;
    }

    public void put(byte[] some) {
        room(some.length);
        System.arraycopy(some, 0, bytes, length, some.length);
        length += some.length;
    }

    /** Little-endian. */
    public void putInt(int value) {
        room(Integer.BYTES);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            bytes[length++] = (byte) (value >> shift);
        }
    }

    /** Little-endian. */
    public void putLong(long value) {
        putInt((int) value);
        putInt((int) (value >> Integer.SIZE));
    }

    /** Plain letters are copied one by one, so that names cost no object. */
    public void put(String text) {
        room(text.length());
        for (int at = 0; at < text.length(); at++) {
            final char c = text.charAt(at);
            if (c > 0x7f) {
                put(text.substring(at).getBytes(StandardCharsets.UTF_8));
                return;
            }
            bytes[length++] = (byte) c;
        }
    }

    public void put(DirectBuffer from, int at, int count) {
        room(count);
        from.getBytes(at, bytes, length, count);
        length += count;
    }

    public void putHex(DirectBuffer from, int at, int count) {
        room(2L * count);
        for (int i = at; i < at + count; i++) {
            putHexDigits(from.getByte(i));
        }
    }

    public void putBase64(DirectBuffer from, int at, int count) {
        final byte[] copy = new byte[count];
        from.getBytes(at, copy);
        put(Base64.getEncoder().encode(copy));
    }

    public void putNumber(long value) {
        room(LONG_DIGITS_MAX);
        if (value == Long.MIN_VALUE) {
            put(Long.toString(value));
            return;
        }
        long left = Math.abs(value);
        if (value < 0) {
            bytes[length++] = '-';
        }
        final int from = length;
        do {
            bytes[length++] = (byte) ('0' + left % 10);
            left /= 10;
        } while (left > 0);
        for (int low = from, high = length - 1; low < high; low++, high--) {
            final byte digit = bytes[low];
            bytes[low] = bytes[high];
            bytes[high] = digit;
        }
    }

    /** The text of a JSON string, without its quotes. REQUIRES: UTF-8, see {@link #isUtf8}. */
    public void putJson(DirectBuffer from, int at, int count) {
        room(6L * count);
        for (int i = at; i < at + count; i++) {
            final byte one = from.getByte(i);
            if (one == '"' || one == '\\') {
                bytes[length++] = '\\';
                bytes[length++] = one;
            } else if ((one >= 0 && one < ' ') || one == 0x7f) {
                putJsonEscape(one);
            } else {
                bytes[length++] = one;
            }
        }
    }

    public void drainTo(OutputStream out) throws IOException {
        out.write(bytes, 0, length);
        length = 0;
    }

    /** Whether the bytes are text that can be shown as such. */
    public static boolean isUtf8(DirectBuffer from, int at, int count) {
        final int end = at + count;
        int i = at;
        while (i < end) {
            final int first = from.getByte(i++);
            if (first >= 0) {
                continue;
            }
            final int more = following(first);
            if (more == 0 || i + more > end) {
                return false;
            }
            int code = first & (0x3f >> more);
            for (int left = more; left > 0; left--) {
                final int next = from.getByte(i++);
                if ((next & 0xc0) != 0x80) {
                    return false;
                }
                code = (code << 6) | (next & 0x3f);
            }
            if (!isShortest(code, more)) {
                return false;
            }
        }
        return true;
    }

    /** Bytes that follow the first one of a character; 0: it cannot be a first one. */
    private static int following(int first) {
        if ((first & 0xe0) == 0xc0) {
            return 1;
        }
        if ((first & 0xf0) == 0xe0) {
            return 2;
        }
        return (first & 0xf8) == 0xf0 ? 3 : 0;
    }

    private static boolean isShortest(int code, int more) {
        return switch (more) {
            case 1 -> code >= 0x80;
            case 2 -> code >= 0x800 && (code < Character.MIN_SURROGATE || code > Character.MAX_SURROGATE);
            default -> code >= 0x10000 && code <= Character.MAX_CODE_POINT;
        };
    }

    private void putJsonEscape(byte one) {
        bytes[length++] = '\\';
        switch (one) {
            case '\n' -> bytes[length++] = 'n';
            case '\r' -> bytes[length++] = 'r';
            case '\t' -> bytes[length++] = 't';
            default -> {
                bytes[length++] = 'u';
                bytes[length++] = '0';
                bytes[length++] = '0';
                putHexDigits(one);
            }
        }
    }

    private void putHexDigits(byte one) {
        bytes[length++] = HEX[(one >> 4) & 0xf];
        bytes[length++] = HEX[one & 0xf];
    }

    private void room(long more) {
        if (more > bytes.length - length) {
            final long wanted = Math.max(2L * bytes.length, length + more);
            final byte[] larger = new byte[Math.toIntExact(Math.min(wanted, Integer.MAX_VALUE - 8L))];
            System.arraycopy(bytes, 0, larger, 0, length);
            bytes = larger;
        }
    }
}
