// CIFAR-10 with its three named splits, and CIFAR-100.

import Tensors

extension DatasetEntry {
  /// CIFAR-10: photographs of ten kinds of things.
  ///
  /// Splits: `official` trains and validates on the five batches and tests on `test_batch.bin`; `batch-5-held-out` trains and
  /// validates on batches 1 to 4 and tests on batch 5, which needs no test batch; `first-1000` tests on the first thousand
  /// official test images, for networks that have seen all training images, from a file of their own or from `test_batch.bin`.
  ///
  /// The digests of the five batches and of the first thousand test images were computed from files whose MD5 sums are those
  /// that other projects check; that of `test_batch.bin` was not computed here: two unrelated public lists have it, both right
  /// about the five batches.
  public static let cifar10 = DatasetEntry(
    name: "cifar10",
    summary: "photographs in 10 classes, 50,000 training and 10,000 test images, 32 × 32 in colour",
    folders: ["cifar-10-batches-bin"],
    files: [
      DatasetFile(
        "data_batch_1.bin",
        digest: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
      DatasetFile(
        "data_batch_2.bin",
        digest: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
      DatasetFile(
        "data_batch_3.bin",
        digest: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
      DatasetFile(
        "data_batch_4.bin",
        digest: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
      DatasetFile(
        "data_batch_5.bin",
        digest: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
      DatasetFile(
        "test_batch.bin",
        digest: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
      DatasetFile(
        "test_batch_first1000.bin",
        digest: "8314c96d7cd65618193bab23acdd5d4c4af15bf6dd00a1781d55beedf3be1ef5",
        continuation: .init(name: "test_batch.bin", prefixCount: 1000 * 3073)),
    ],
    splits: [
      DatasetSplit(
        DatasetSplit.officialName, training: trainingBatches, test: ["test_batch.bin"],
        trainingCount: 50_000),
      DatasetSplit(
        "batch-5-held-out", training: Array(trainingBatches[..<4]), test: [trainingBatches[4]],
        trainingCount: 40_000),
      DatasetSplit(
        "first-1000", training: trainingBatches, test: ["test_batch_first1000.bin"],
        trainingCount: 50_000),
    ],
    content: .images(
      shape: [32, 32, 3],
      classNames: [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ],
      reader: CIFARReader(
        labelLimits: [10],
        recordCounts: Dictionary(
          uniqueKeysWithValues: (trainingBatches + ["test_batch.bin"]).map { ($0, 10_000) }
            + [("test_batch_first1000.bin", 1000)]))),
    sources: ["https://www.cs.toronto.edu/~kriz/cifar.html"],
    licence: "none stated; cite Krizhevsky 2009",
    command: fetchCommand(
      archive: "cifar-10-binary.tar.gz", md5: "c32a1d4ab5d03f1284b67883e8d87530"))

  private static let trainingBatches = (1...5).map { "data_batch_\($0).bin" }

  /// CIFAR-100: photographs of a hundred kinds of things, by their fine labels.
  ///
  /// The digests of its files were not computed here: one public list has them, which is right about CIFAR-10.
  public static let cifar100 = DatasetEntry(
    name: "cifar100",
    summary:
      "photographs in 100 classes, 50,000 training and 10,000 test images, 32 × 32 in colour",
    folders: ["cifar-100-binary"],
    files: [
      DatasetFile(
        "train.bin", digest: "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
      DatasetFile(
        "test.bin", digest: "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
    ],
    splits: [
      DatasetSplit(
        DatasetSplit.officialName, training: ["train.bin"], test: ["test.bin"],
        trainingCount: 50_000)
    ],
    content: .images(
      shape: [32, 32, 3], classNames: fineClassNames,
      reader: CIFARReader(
        labelLimits: [20, 100], recordCounts: ["train.bin": 50_000, "test.bin": 10_000])),
    sources: ["https://www.cs.toronto.edu/~kriz/cifar.html"],
    licence: "none stated; cite Krizhevsky 2009",
    command: fetchCommand(
      archive: "cifar-100-binary.tar.gz", md5: "03b5dce01913d631647c71ecec9e9cb8"))

  /// The fine classes of CIFAR-100, by label.
  private static let fineClassNames = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle \
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish \
    forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle \
    mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine \
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar \
    sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree \
    wolf woman worm
    """.split(separator: " ").map { String($0) }

  /// The command that fetches an archive of CIFAR, compares its published MD5 sum and unpacks it.
  private static func fetchCommand(archive: String, md5: String) -> String {
    "mkdir -p data && curl -fL -o data/\(archive) https://www.cs.toronto.edu/~kriz/\(archive) && "
      + "echo '\(md5)  data/\(archive)' | md5sum -c - && tar -xzf data/\(archive) -C data"
  }
}
