package io.kera.node;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Waits for SIGTERM, SIGINT or SIGHUP, or until the node cannot go on. With a handler of its own, since a shutdown hook
 * could not end the process with status 0; by reflection, since {@code sun.misc.Signal} is not to be compiled against.
 * The main thread waits. What the process was told to ignore, as {@code nohup} does, the virtual machine goes on ignoring.
 */
final class StopSignals {
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile String reason = "none";

    /** Hears of nothing but {@link #stop}. */
    StopSignals() {}

    static StopSignals listen() {
        final StopSignals signals = new StopSignals();
        for (final String name : new String[] {"TERM", "INT", "HUP"}) {
            signals.handle(name);
        }
        return signals;
    }

    /** Returns the signal's name, or what {@link #stop} was told. */
    String await() throws InterruptedException {
        stop.await();
        return reason;
    }

    /** As if a signal had come; any thread. */
    void stop(String why) {
        reason = why;
        stop.countDown();
    }

    private void handle(String name) {
        try {
            final Class<?> type = Class.forName("sun.misc.Signal");
            final Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            final Object handler = Proxy.newProxyInstance(
                    handlerType.getClassLoader(),
                    new Class<?>[] {handlerType},
                    (proxy, method, arguments) -> answer(name, proxy, method, arguments));
            type.getMethod("handle", type, handlerType)
                    .invoke(null, type.getConstructor(String.class).newInstance(name), handler);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "signal=" + name + " cannot be handled (" + e + "); run a JDK with the module jdk.unsupported", e);
        }
    }

    /** The proxy is also asked what every object is asked; what {@code handle} answers is not looked at. */
    private Object answer(String name, Object proxy, Method method, @Nullable Object @Nullable [] arguments) {
        return switch (method.getName()) {
            case "handle" -> {
                stop("SIG" + name);
                yield "";
            }
            case "equals" -> arguments != null && arguments.length == 1 && proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "handler of SIG" + name;
        };
    }
}
