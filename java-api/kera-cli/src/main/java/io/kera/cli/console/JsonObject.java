package io.kera.cli.console;

import java.util.List;
import java.util.Locale;

/** An object on its way to a line of JSON. One thread. */
public final class JsonObject {
    private final StringBuilder text = new StringBuilder("{");

    public JsonObject put(String name, String value) {
        name(name);
        quote(text, value);
        return this;
    }

    public JsonObject put(String name, long value) {
        name(name);
        text.append(value);
        return this;
    }

    public JsonObject put(String name, boolean value) {
        name(name);
        text.append(value);
        return this;
    }

    /** With three digits behind the point, which is what a measurement has. */
    public JsonObject put(String name, double value) {
        name(name);
        text.append(Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "null");
        return this;
    }

    public JsonObject put(String name, JsonObject value) {
        name(name);
        text.append(value);
        return this;
    }

    public JsonObject put(String name, List<JsonObject> values) {
        name(name);
        text.append('[');
        for (int at = 0; at < values.size(); at++) {
            text.append(at == 0 ? "" : ",").append(values.get(at));
        }
        text.append(']');
        return this;
    }

    /** Nothing is known of it. */
    public JsonObject putNull(String name) {
        name(name);
        text.append("null");
        return this;
    }

    @Override
    public String toString() {
        return text + "}";
    }

    private void name(String name) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(text, name);
        text.append(':');
    }

    private static void quote(StringBuilder text, String value) {
        text.append('"');
        for (int at = 0; at < value.length(); at++) {
            final char c = value.charAt(at);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < ' ' || c == 0x7f || (Character.isSurrogate(c) && !isPaired(value, at))) {
                        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    /** Half a pair cannot be written as UTF-8. */
    private static boolean isPaired(String value, int at) {
        return Character.isHighSurrogate(value.charAt(at))
                ? at + 1 < value.length() && Character.isLowSurrogate(value.charAt(at + 1))
                : at > 0 && Character.isHighSurrogate(value.charAt(at - 1));
    }
}
