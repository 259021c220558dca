package io.kera.rules;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/**
 * What a Java file must not be or say. One thread; each finding names file, line, what was found, the limit, and what
 * to do.
 */
final class SourceRules extends TreeScanner<@Nullable Void, @Nullable Void> {
    static final int FILE_LINES_MAX = 400;
    static final int METHOD_LINES_MAX = 70;
    private static final Pattern VAGUE =
            Pattern.compile("(?:Utils?|Common|Helpers?|Manager|Impl2?|Misc|Stuff)(?![a-z])");
    /** What talks to people who sit before a terminal. */
    private static final Set<String> TALKS = Set.of("kera-cli", "bench");

    private static final Set<String> TALKING_FILES = Set.of("NodeMain.java", "NodeLog.java");
    private static final Set<Tree.Kind> OPEN_KINDS = Set.of(Tree.Kind.CLASS);

    private final JavaSource source;
    private final List<String> found = new ArrayList<>();
    private int depth;

    private SourceRules(JavaSource source) {
        this.source = source;
    }

    static List<String> findings(JavaSource source) {
        final SourceRules rules = new SourceRules(source);
        if (source.lines() > FILE_LINES_MAX) {
            rules.found.add(source.path() + ": lines=" + source.lines() + " limit=" + FILE_LINES_MAX
                    + "; a noun is missing: find it");
        }
        rules.scan(source.tree(), null);
        return rules.found;
    }

    @Override
    public @Nullable Void visitClass(ClassTree tree, @Nullable Void nothing) {
        if (VAGUE.matcher(tree.getSimpleName()).find()) {
            say(tree, "name=" + tree.getSimpleName() + " says nothing; name what it is");
        }
        final Set<Modifier> modifiers = tree.getModifiers().getFlags();
        if (depth == 0
                && !source.isTest()
                && OPEN_KINDS.contains(tree.getKind())
                && !modifiers.contains(Modifier.FINAL)
                && !modifiers.contains(Modifier.ABSTRACT)
                && modifiers.stream().noneMatch(modifier -> modifier.toString().endsWith("sealed"))) {
            say(tree, "class=" + tree.getSimpleName() + " can be inherited from; make it final, abstract or sealed");
        }
        depth++;
        super.visitClass(tree, null);
        depth--;
        return null;
    }

    @Override
    public @Nullable Void visitMethod(MethodTree tree, @Nullable Void nothing) {
        final long lines = line(source.positions().getEndPosition(source.tree(), tree)) - lineOf(tree) + 1;
        if (lines > METHOD_LINES_MAX) {
            say(
                    tree,
                    "method=" + tree.getName() + " lines=" + lines + " limit=" + METHOD_LINES_MAX
                            + "; a noun is missing: find it");
        }
        return super.visitMethod(tree, null);
    }

    @Override
    public @Nullable Void visitMemberSelect(MemberSelectTree tree, @Nullable Void nothing) {
        final String text = tree.toString();
        if (("System.out".equals(text) || "System.err".equals(text)) && !mayTalk()) {
            say(tree, text + " is for commands; be handed a log, or throw");
        }
        if ("Thread.sleep".equals(text) && source.isTest()) {
            say(tree, "a test that sleeps is slow or wrong; await the condition, or be handed a clock");
        }
        return super.visitMemberSelect(tree, null);
    }

    private boolean mayTalk() {
        return source.isTest() || TALKS.contains(source.module()) || TALKING_FILES.contains(source.fileName());
    }

    private void say(Tree tree, String what) {
        found.add(source.path() + ":" + lineOf(tree) + ": " + what);
    }

    private long lineOf(Tree tree) {
        return line(source.positions().getStartPosition(source.tree(), tree));
    }

    private long line(long position) {
        return position < 0 ? 0 : source.tree().getLineMap().getLineNumber(position);
    }
}
