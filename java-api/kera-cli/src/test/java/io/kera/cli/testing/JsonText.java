package io.kera.cli.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads JSON back, strictly: objects become maps, numbers longs or doubles, null {@link #NULL}. One thread. */
public final class JsonText {
    static final Object NULL = new Object();

    private final String text;
    private int at;

    private JsonText(String text) {
        this.text = text;
    }

    public static Map<String, Object> object(String text) {
        final JsonText reader = new JsonText(text.strip());
        final Object value = reader.value();
        if (reader.at != reader.text.length()) {
            throw reader.wrong("the end");
        }
        return asObject(value);
    }

    public static Map<String, Object> object(Map<String, Object> within, String name) {
        return asObject(member(within, name));
    }

    @SuppressWarnings("unchecked")
    public static List<Map<String, Object>> objects(Map<String, Object> within, String name) {
        return (List<Map<String, Object>>) member(within, name);
    }

    private static Object member(Map<String, Object> within, String name) {
        return Objects.requireNonNull(within.get(name), () -> name + " is missing in " + within.keySet());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asObject(Object value) {
        return (Map<String, Object>) value;
    }

    private Object value() {
        final char c = text.charAt(at);
        if (c == '{') {
            return members();
        }
        if (c == '[') {
            return elements();
        }
        if (c == '"') {
            return string();
        }
        for (final String word : new String[] {"true", "false", "null"}) {
            if (text.startsWith(word, at)) {
                at += word.length();
                return "null".equals(word) ? NULL : Boolean.valueOf(word);
            }
        }
        return number();
    }

    private Map<String, Object> members() {
        final Map<String, Object> members = new LinkedHashMap<>();
        expect('{');
        while (text.charAt(at) != '}') {
            if (!members.isEmpty()) {
                expect(',');
            }
            final String name = string();
            expect(':');
            if (members.put(name, value()) != null) {
                throw wrong("a name that is not there yet");
            }
        }
        expect('}');
        return members;
    }

    private List<Object> elements() {
        final List<Object> elements = new ArrayList<>();
        expect('[');
        while (text.charAt(at) != ']') {
            if (!elements.isEmpty()) {
                expect(',');
            }
            elements.add(value());
        }
        expect(']');
        return elements;
    }

    private String string() {
        final StringBuilder string = new StringBuilder();
        expect('"');
        while (text.charAt(at) != '"') {
            final char c = text.charAt(at++);
            if (c < ' ') {
                throw wrong("an escape");
            }
            string.append(c == '\\' ? escaped() : c);
        }
        expect('"');
        return string.toString();
    }

    private char escaped() {
        final char c = text.charAt(at++);
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case '"', '\\', '/' -> c;
            case 'u' -> {
                at += 4;
                yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
            }
            default -> throw wrong("a known escape");
        };
    }

    private Object number() {
        final int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        final String digits = text.substring(from, at);
        if (digits.matches("-?\\d+")) {
            return Long.valueOf(digits);
        }
        return Double.valueOf(digits);
    }

    private void expect(char c) {
        if (at >= text.length() || text.charAt(at) != c) {
            throw wrong("'" + c + "'");
        }
        at++;
    }

    private AssertionError wrong(String wanted) {
        return new AssertionError("at " + at + " there should be " + wanted + ": " + text);
    }
}
