package io.kera.rules;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A parsed file. One thread. */
record JavaSource(String path, String text, CompilationUnitTree tree, SourcePositions positions) {
    static JavaSource of(String path, String text) {
        final SimpleJavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///" + path), SimpleJavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return text;
                    }
                };
        final JavacTask task =
                (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, null, null, null, List.of(file));
        try {
            final CompilationUnitTree tree = task.parse().iterator().next();
            return new JavaSource(path, text, tree, Trees.instance(task).getSourcePositions());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isTest() {
        return path.contains("/src/test/");
    }

    /** {@code kera-node}, or {@code bench}. */
    String module() {
        final String[] parts = path.split("/", -1);
        return "java-api".equals(parts[0]) ? parts[1] : parts[0];
    }

    String packageName() {
        return String.valueOf(tree.getPackageName());
    }

    /** Full names of types, and of what is imported of them. */
    List<String> imports() {
        return tree.getImports().stream()
                .map(one -> one.getQualifiedIdentifier().toString())
                .toList();
    }

    String fileName() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    long lines() {
        return text.lines().count();
    }
}
