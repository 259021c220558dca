package io.kera.ffi;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One struct of the C ABI in memory of this virtual machine, with the texts that it points to.
 *
 * <p>One thread. Owns the memory; whoever passes the address keeps this object alive until the call has returned.
 */
final class NativeStruct {
    private final NativeLayout layout;
    private final String name;
    private final UnsafeBuffer memory;
    private final List<ByteBuffer> pointedTo = new ArrayList<>();

    NativeStruct(String name) {
        this(name, 1);
    }

    NativeStruct(String name, int count) {
        this.layout = NativeLayout.get();
        this.name = name;
        this.memory = new UnsafeBuffer(allocate(layout.bytes(name) * count));
    }

    /** With the library's own defaults. */
    static NativeStruct initialised(String name, int which) {
        final NativeStruct struct = new NativeStruct(name);
        NativeCalls.initialise(which, struct.address(), struct.memory.capacity());
        return struct;
    }

    long address() {
        return memory.addressOffset();
    }

    UnsafeBuffer memory() {
        return memory;
    }

    /** A number, cut to the field's width. */
    NativeStruct set(String field, long value) {
        final int at = offset(field);
        switch (layout.fieldBytes(name + "." + field)) {
            case Integer.BYTES -> memory.putInt(at, (int) value);
            case Long.BYTES -> memory.putLong(at, value);
            default -> throw new IllegalArgumentException(field);
        }
        return this;
    }

    /** Text that ends with a zero; null: no text. */
    NativeStruct set(String field, @Nullable String text) {
        memory.putLong(offset(field), text == null ? 0 : textAddress(text));
        return this;
    }

    /** An array of texts, whose count goes elsewhere. */
    NativeStruct set(String field, List<String> texts) {
        final UnsafeBuffer pointers = new UnsafeBuffer(allocate(Math.max(1, texts.size()) * Long.BYTES));
        for (int i = 0; i < texts.size(); i++) {
            pointers.putLong(i * Long.BYTES, textAddress(texts.get(i)));
        }
        pointedTo.add(pointers.byteBuffer());
        memory.putLong(offset(field), pointers.addressOffset());
        return this;
    }

    long get(String field) {
        final int at = offset(field);
        return layout.fieldBytes(name + "." + field) == Long.BYTES ? memory.getLong(at) : memory.getInt(at);
    }

    /** The address of a text as long as this object lives. */
    long textAddress(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("text has a zero character at " + text.indexOf('\0'));
        }
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        final ByteBuffer copy = allocate(bytes.length + 1);
        copy.put(0, bytes);
        pointedTo.add(copy);
        return BufferUtil.address(copy);
    }

    /** To be called after the address was last used. */
    @SuppressWarnings("ReachabilityFenceUsage")
    void keepAlive() {
        Reference.reachabilityFence(this);
    }

    private int offset(String field) {
        return layout.offset(name + "." + field);
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(Math.max(bytes, Long.BYTES)).order(ByteOrder.nativeOrder());
    }
}
