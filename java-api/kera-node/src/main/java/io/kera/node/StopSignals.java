package io.kera.node;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Waits for SIGTERM, SIGINT or SIGHUP, or until the node cannot continue. It uses a signal handler, because a shutdown
 * hook could not end the process with status 0. It uses reflection, because {@code sun.misc.Signal} is not part of the
 * platform's API. The main thread waits. A signal that the process was started to ignore stays ignored, as with nohup.
 */
final class StopSignals {
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile String reason = "none";

    /** Without signals; only {@link #stop} ends the wait. */
    StopSignals() {}

    static StopSignals listen() {
        final StopSignals signals = new StopSignals();
        for (final String name : new String[] {"TERM", "INT", "HUP"}) {
            signals.handle(name);
        }
        return signals;
    }

    /** Returns the signal's name, or the reason that {@link #stop} got. */
    String await() throws InterruptedException {
        stop.await();
        return reason;
    }

    /** As a signal does; any thread. */
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

    /** The proxy also gets the calls of every object. The result of {@code handle} is not used. */
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
