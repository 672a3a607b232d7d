import Testing

@testable import Evaluator

/// Every error says what was found, what was expected and what to do.
@Suite struct DataErrorTests {
  @Test(arguments: [
    (
      DatasetError.notFound(path: "d"),
      "no data at d, where a folder with CIFAR-10's binary files or the authors' archive was expected: give its place "
        + "with --data, or fetch it with 'nas data fetch cifar10'"
    ),
    (
      .filesMissing(folder: "d", missing: ["a", "b"], expected: 2),
      "d holds none of the 2 files expected (a, b): give another folder with --data, or fetch them with "
        + "'nas data fetch cifar10'"
    ),
    (
      .filesMissing(folder: "d", missing: ["a"], expected: 2),
      "a missing in d, where 2 files were expected: fetch the data again with 'nas data fetch cifar10'"
    ),
    (
      .wrongSize(file: "data_batch_3.bin", expected: 30_730_000, found: 12_345),
      "data_batch_3.bin is 12,345 bytes, but 30,730,000 were expected: the file is cut short; fetch it again with "
        + "'nas data fetch cifar10'"
    ),
    (
      .wrongSize(file: "f", expected: 100, found: 1_000_000),
      "f is 1,000,000 bytes, but 100 were expected: the file is too long; fetch it again with 'nas data fetch cifar10'"
    ),
    (
      .wrongLabel(file: "f", record: 1234, label: 11, classes: 10),
      "f has the label 11 in record 1,234, but 0 to 9 were expected: the file is damaged; fetch it again with "
        + "'nas data fetch cifar10'"
    ),
    (
      .wrongClasses(file: "f", expected: ["cat"], found: ["disc", "ring"]),
      "f names the classes disc, ring, but cat were expected: this is another data set; give another folder with --data"
    ),
    (
      .unreadable(file: "f", reason: "Is a directory"),
      "f cannot be read (Is a directory): check that it is a file and that you may read it"
    ),
    (
      .unwritable(file: "f", reason: "No space left on device"),
      "f cannot be written (No space left on device): check the folder, your rights and the free space"
    ),
    (
      .alreadyThere(file: "f"),
      "f exists already, where a folder without data was expected: remove it or choose another folder"
    ),
    (
      .tarMissing(archive: "a"),
      "a is an archive, but no program 'tar' was found on PATH to unpack it: install tar, or unpack it elsewhere and "
        + "give the folder with --data"
    ),
    (
      .archiveDamaged(archive: "a", reason: "r"),
      "a could not be unpacked (r), but the authors' cifar-10-binary.tar.gz was expected: fetch it again with "
        + "'nas data fetch cifar10'"
    ),
    (
      .splitTooLarge(requested: 5000, available: 1000),
      "5,000 validation images were asked for, but 1 to 999 of 1,000 training images were expected: ask for a number "
        + "in between"
    ),
    (
      .subsetTooLarge(requested: 50_000, available: 45_000),
      "50,000 training images were asked for, but 1 to 45,000 were expected: lower --train-images"
    ),
    (
      .impossibleCount(requested: 60, multiple: 50),
      "60 generated images were asked for, but a positive multiple of 50 was expected: ask for 50"
    ),
    (
      .tooManyGenerated(requested: 2_000_000, largest: 1_000_000),
      "2,000,000 generated images were asked for, but at most 1,000,000 were expected: ask for fewer"
    ),
  ])
  func says(error: DatasetError, text: String) {
    #expect(error.description == text)
  }
}
