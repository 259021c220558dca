# The steps of the presubmit, in order: cheap ones first. Each is a function of its Step, which returns how many checks it
# made, or raises Failed.
from deploy_steps import deploy_step
from java_steps import dist_step, docs_step, java25_step, java_asan_step, java_step
from native_steps import (asan_step, build_step, format_step, fuzz_step, rules_step, simulation_step, tidy_step,
                          torture_step, tsan_step, unit_step)

STEPS = {
    'format': (format_step, 'clang-format-19 would change nothing'),
    'rules': (rules_step, 'arrows between rooms, lengths, tidiness; what a bare machine lacks'),
    'build': (build_step, 'g++ -O3, warnings are errors'),
    'unit': (unit_step, 'every test, in the release build'),
    'simulation': (simulation_step, 'whole-system simulations under many seeds'),
    'tidy': (tidy_step, 'clang-tidy-19 on every source but tests'),
    'asan': (asan_step, 'every test under AddressSanitizer and UndefinedBehaviorSanitizer'),
    'fuzz': (fuzz_step, 'libFuzzer on every decoder'),
    'tsan': (tsan_step, 'every test under ThreadSanitizer'),
    'java': (java_step, 'mvn verify: compilers and linters, layout, every test, the distribution'),
    'dist': (dist_step, 'the tarball, its bill of materials and the Debian package are the same wherever they are made'),
    'deploy': (deploy_step, 'the Debian package on a machine of its own; the unit, the container file, the tuning'),
    'docs': (docs_step, 'the pages of the interfaces for Java and C can be made'),
    'java-asan': (java_asan_step, 'the Java client over libkera under AddressSanitizer'),
    'torture': (torture_step, 'a minute of attacks from outside on a real node'),
    'java25': (java25_step, 'every Java test again, on a JDK 25'),
}
