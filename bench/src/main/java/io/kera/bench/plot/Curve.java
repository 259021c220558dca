package io.kera.bench.plot;

import java.util.List;

/** A named line of {x, y} points. */
public record Curve(String name, List<double[]> points) {}
