// What kernels do with numbers closer to zero than 1.2e-38.

import Glibc

/// Numbers too small for a full mantissa.
///
/// The momentum of a unit that no longer learns, and the gradients of a network pruned to almost nothing, fade into them and stay:
/// some processors then take a hundred times as long for a product. They stand for nothing that a result depends on.
enum SubnormalNumbers {
  /// Takes them for zero in this thread from now on, as inputs and as results.
  static func countAsZero() {
    #if arch(x86_64)
      var environment = fenv_t()
      fegetenv(&environment)
      environment.__mxcsr |= 0x8040  // flush to zero, and denormals are zero
      fesetenv(&environment)
    #endif
  }
}
