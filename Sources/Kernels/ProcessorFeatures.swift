// Which instructions this processor has, compared with those the kernels are compiled for.
// Ask before anything else runs: a missing instruction ends the process without a word.

import Glibc

/// The instruction sets the kernels use.
public enum ProcessorFeatures {
  /// What the kernels are compiled for: `AVX2`, or `AVX-512`, which is faster and gives the same bits.
  public static var instructionSet: String {
    #if AVX512
      "AVX-512"
    #elseif arch(x86_64)
      "AVX2"
    #else
      "portable"
    #endif
  }

  /// The flags of `/proc/cpuinfo` the kernels rely on: 256-bit integers, fused multiply-add, conversion to half precision, and
  /// what else x86-64-v4 has if they are compiled for that.
  public static let required: [String] = {
    let always = ["avx2", "fma", "f16c"]
    #if AVX512
      return always + ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]
    #else
      return always
    #endif
  }()

  /// The required features this processor lacks, in the order of `required`; empty where the system
  /// does not tell, or is not x86.
  public static func requiredFeaturesMissing() -> [String] {
    #if arch(x86_64)
      guard let flags = processorFlags() else { return [] }
      return required.filter { !flags.contains($0) }
    #else
      return []
    #endif
  }

  // The flags of the first processor, or nil without /proc.
  private static func processorFlags() -> Set<String>? {
    guard let file = fopen("/proc/cpuinfo", "r") else { return nil }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, file) > 0 {
      guard let line else { return nil }
      let text = String(cString: line)
      if text.hasPrefix("flags") {
        return Set(text.split(whereSeparator: { " \t\n:".contains($0) }).map(String.init))
      }
    }
    return nil
  }
}
