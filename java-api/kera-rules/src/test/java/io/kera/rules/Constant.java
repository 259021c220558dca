package io.kera.rules;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number that somebody wrote into a source file, in Java or C++. */
record Constant(String file, String name) {
    private static final Pattern TERM = Pattern.compile("(0[xX][0-9a-fA-F_']+|[0-9][0-9_']*)[uUlL]*|<<|[*+()]|\\S");

    long value() {
        return valueIn(Checkout.read(Checkout.root().resolve(Path.of(file))));
    }

    long valueIn(String text) {
        final Matcher found = Pattern.compile("\\b" + Pattern.quote(name) + "\\s*=\\s*([^;,/]+?)\\s*(?:[;,/]|\\n\\s*})")
                .matcher(text);
        if (!found.find()) {
            throw new AssertionError(name + " is not a number in " + file + "; follow it where it went");
        }
        return new Sum(found.group(1)).value();
    }

    /** Numbers, {@code +}, {@code *}, {@code <<} and parentheses, with the precedence that both languages have. */
    private static final class Sum {
        private final String text;
        private final Matcher terms;
        private String next = "";

        Sum(String text) {
            this.text = text;
            terms = TERM.matcher(text.replaceAll("std::u?int(?:64|32|16|8)_t\\{([^}]*)\\}", "$1")
                    .replaceAll("std::size_t\\{([^}]*)\\}", "$1"));
            advance();
        }

        long value() {
            final long result = shift();
            if (!next.isEmpty()) {
                throw new AssertionError("not a plain number: " + text);
            }
            return result;
        }

        private long shift() {
            long left = sum();
            while (take("<<")) {
                left <<= sum();
            }
            return left;
        }

        private long sum() {
            long left = product();
            while (take("+")) {
                left += product();
            }
            return left;
        }

        private long product() {
            long left = atom();
            while (take("*")) {
                left *= atom();
            }
            return left;
        }

        private long atom() {
            if (take("(")) {
                final long inner = shift();
                take(")");
                return inner;
            }
            final String digits = next.replaceAll("[_'uUlL]", "");
            if (digits.isEmpty() || !Character.isDigit(digits.charAt(0))) {
                throw new AssertionError("not a plain number: " + text);
            }
            advance();
            return Long.decode(digits);
        }

        private boolean take(String term) {
            final boolean is = next.equals(term);
            if (is) {
                advance();
            }
            return is;
        }

        private void advance() {
            next = terms.find() ? terms.group() : "";
        }
    }
}
