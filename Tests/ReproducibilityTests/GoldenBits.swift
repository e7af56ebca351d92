// Bits that were computed once and are stored; a change of these is a new numerics version.

enum GoldenBits {
  /// The first numbers of the stream `Seed(1).child("initialisation")`.
  static let stream: [UInt64] = [
    13_314_747_288_883_267_913, 1_994_167_969_200_465_983, 15_344_909_463_814_614_807,
    8_383_772_468_914_325_529,
  ]
}
