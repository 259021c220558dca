package io.kera.bench.peer;

import io.kera.bench.load.ProcessFigures;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;

/** Sends back what it is sent: what two processes and the kernel's TCP take without a system between them. */
public final class EchoServer implements Server {
    private static final String READY = "echo port=";
    private static final long START_SECONDS = 20;
    private static final int BUFFER_BYTES = 65_536;

    private final ChildProcess process;
    private final String port;

    private EchoServer(ChildProcess process, String port) {
        this.process = process;
        this.port = port;
    }

    public static EchoServer start() throws IOException, InterruptedException {
        final ChildProcess process = ChildProcess.start(JavaCommand.of(
                JavaCommand.classPath(),
                List.of("-XX:+UseSerialGC", "-Xmx64m"),
                EchoServer.class.getName(),
                List.of()));
        boolean ready = false;
        try {
            final String line = process.await(said -> said.startsWith(READY), START_SECONDS);
            ready = true;
            return new EchoServer(process, line.substring(READY.length()));
        } finally {
            if (!ready) {
                process.close();
            }
        }
    }

    /** The process. */
    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            System.out.println(READY + server.getLocalPort());
            System.out.flush();
            while (true) {
                final Socket client = server.accept();
                new Thread(() -> echo(client), "echo").start();
            }
        }
    }

    private static void echo(Socket client) {
        final byte[] buffer = new byte[BUFFER_BYTES];
        try (client) {
            client.setTcpNoDelay(true);
            final InputStream in = client.getInputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                client.getOutputStream().write(buffer, 0, read);
            }
        } catch (IOException e) {
            System.err.println("echo ends: " + e.getMessage());
        }
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public String address(String transport) {
        return "127.0.0.1:" + port;
    }

    @Override
    public long residentBytesBeyondData() {
        return ProcessFigures.residentBytes(pid());
    }

    @Override
    public void close() {
        process.close();
    }
}
