package io.kera.cli.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JSON as maps, lists, strings, doubles, booleans and null. A whole number that a double cannot hold is a long. One
 * thread per text.
 */
public final class Json {
    private static final int DEPTH_MAX = 64;
    private static final double EXACT_MAX = 1L << 53;
    private static final Pattern WHOLE = Pattern.compile("-?\\d{1,19}");

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    /**
     * A whole document.
     *
     * @throws IllegalArgumentException says what is wrong, and where
     */
    public static @Nullable Object parse(String text) {
        final Json reader = new Json(text);
        final Object value = reader.value();
        reader.space();
        if (reader.at < text.length()) {
            throw reader.wrong("more text behind the value");
        }
        return value;
    }

    public static String write(@Nullable Object value) {
        final StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(@Nullable Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (final Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(separator);
                quote(String.valueOf(entry.getKey()), out);
                out.append(": ");
                write(entry.getValue(), out);
                separator = ", ";
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof Iterable<?> list) {
            String separator = "[";
            for (final Object one : list) {
                out.append(separator);
                write(one, out);
                separator = ", ";
            }
            out.append("[".equals(separator) ? "[]" : "]");
        } else if (value instanceof Double || value instanceof Float) {
            final double number = ((Number) value).doubleValue();
            out.append(Double.isFinite(number) ? number(number) : "null");
        } else if (value instanceof Number || value instanceof Boolean || value == null) {
            out.append(value);
        } else {
            quote(value.toString(), out);
        }
    }

    /** Nine significant digits, as the native benchmarks write them. */
    private static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return Long.toString((long) value);
        }
        return new java.math.BigDecimal(value)
                .round(new java.math.MathContext(9))
                .stripTrailingZeros()
                .toString();
    }

    private static void quote(String value, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            final char letter = value.charAt(i);
            if (letter == '"' || letter == '\\') {
                out.append('\\').append(letter);
            } else if (letter < ' ') {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) letter));
            } else {
                out.append(letter);
            }
        }
        out.append('"');
    }

    private @Nullable Object value() {
        space();
        if (++depth > DEPTH_MAX) {
            throw wrong("deeper than " + DEPTH_MAX);
        }
        try {
            return switch (peek()) {
                case '{' -> object();
                case '[' -> array();
                case '"' -> string();
                case 't' -> word("true", true);
                case 'f' -> word("false", false);
                case 'n' -> word("null", null);
                default -> number();
            };
        } finally {
            depth--;
        }
    }

    private Map<String, @Nullable Object> object() {
        final Map<String, @Nullable Object> map = new LinkedHashMap<>();
        at++;
        space();
        if (peek() == '}') {
            at++;
            return map;
        }
        while (true) {
            space();
            final String key = string();
            space();
            take(':');
            map.put(key, value());
            space();
            if (peek() != ',') {
                take('}');
                return map;
            }
            at++;
        }
    }

    private List<@Nullable Object> array() {
        final List<@Nullable Object> list = new ArrayList<>();
        at++;
        space();
        if (peek() == ']') {
            at++;
            return list;
        }
        while (true) {
            list.add(value());
            space();
            if (peek() != ',') {
                take(']');
                return list;
            }
            at++;
        }
    }

    private String string() {
        take('"');
        final StringBuilder out = new StringBuilder();
        while (peek() != '"') {
            final char letter = text.charAt(at++);
            out.append(letter == '\\' ? escaped() : letter);
        }
        at++;
        return out.toString();
    }

    private char escaped() {
        final char letter = peek();
        at++;
        return switch (letter) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> fourDigits();
            default -> letter;
        };
    }

    private char fourDigits() {
        if (at + 4 > text.length()) {
            throw wrong("a \\u with fewer than 4 digits");
        }
        at += 4;
        try {
            return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        } catch (NumberFormatException e) {
            throw wrong("a \\u with something else than digits");
        }
    }

    private Number number() {
        final int start = at;
        while (at < text.length() && "+-0123456789.eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        final String digits = text.substring(start, at);
        try {
            final double value = Double.parseDouble(digits);
            if (Math.abs(value) >= EXACT_MAX
                    && Math.abs(value) <= Long.MAX_VALUE
                    && WHOLE.matcher(digits).matches()) {
                return Long.valueOf(digits);
            }
            return value;
        } catch (NumberFormatException e) {
            throw wrong("neither a value nor a number");
        }
    }

    private @Nullable Object word(String word, @Nullable Object meaning) {
        if (!text.startsWith(word, at)) {
            throw wrong("not " + word);
        }
        at += word.length();
        return meaning;
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private void take(char letter) {
        if (peek() != letter) {
            throw wrong("'" + letter + "' is missing");
        }
        at++;
    }

    private char peek() {
        if (at >= text.length()) {
            throw wrong("the text ends too early");
        }
        return text.charAt(at);
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("json_position=" + at + " length=" + text.length() + "; " + what);
    }
}
