extension TrainingPlan {
  /// For one candidate of a search on a few cores: 2 epochs on 10,000 images. Our choice: the papers' 20 to 25 epochs
  /// on all images (Zoph et al. 2018; Real et al. 2019, "Experiment setup") take a GPU.
  public static let search = TrainingPlan(epochs: 2, trainingImages: 10_000)
  /// For the full training of a found cell: all images, with cutout 16 (DeVries and Taylor 2017). 50 epochs are our
  /// choice for a CPU; the papers train for 600 (slim `nasnet.py`; Real et al. 2019).
  public static let replay = TrainingPlan(epochs: 50, augmentation: Augmentation(cutout: 16))
  /// For a first look and for tests: 1 epoch on 2,000 images, 1,000 for validation. Our choice.
  public static let quick = TrainingPlan(epochs: 1, trainingImages: 2000, validationImages: 1000)

  /// NASNet-A on CIFAR-10 as published, with cutout.
  ///
  /// - 600 epochs: slim `nasnet.py` trains 937,500 steps of 32 images, 600 passes over all 50,000; here 5,000 of them
  ///   validate.
  /// - Batch 32, learning rate 0.025, one cosine, gradient norm 5, auxiliary weight 0.4: the notes above `cifar_config` in
  ///   slim `nasnet.py`.
  /// - Momentum 0.9, not Nesterov's: Zoph et al. 2018, appendix A.6.
  /// - Weight decay 5e-4: slim `nasnet.py`, `nasnet_cifar_arg_scope`. There it is a part of the loss, so that the norm that
  ///   is clipped includes it; here it is added after clipping, as PyTorch's users do.
  /// - Drop-path, kept with 0.6 at the end: slim `nasnet.py`, `cifar_config`; no dropout (`dense_dropout_keep_prob` 1)
  ///   and no label smoothing there.
  /// - Cutout 16: DeVries and Taylor 2017, the "+ cutout" rows of Zoph et al. 2018, Table 1.
  /// - Zeros are padded before the crop; the paper enlarges the images to 40×40 instead (appendix A.1).
  public static let nasnetCIFAR = published(
    epochs: 600, batch: 32, learningRate: 0.025, dropPathKeep: 0.6, auxiliaryWeight: 0.4, cutout: 16)

  /// AmoebaNet-A on CIFAR-10 as published, without cutout.
  ///
  /// - 600 epochs, batch 128, learning rate 0.024, one cosine, momentum 0.9, weight decay 5e-4, drop-path down to 0.7 and an
  ///   auxiliary loss of half the weight: Real et al. 2019, "Experiment setup".
  /// - Gradient norm 5: the paper names none; that of the NASNet it follows (slim `nasnet.py`).
  public static let amoebanetCIFAR = published(
    epochs: 600, batch: 128, learningRate: 0.024, dropPathKeep: 0.7, auxiliaryWeight: 0.5, cutout: nil)

  private static func published(
    epochs: Int, batch: Int, learningRate: Double, dropPathKeep: Double, auxiliaryWeight: Double, cutout: Int?
  ) -> TrainingPlan {
    var plan = TrainingPlan(
      epochs: epochs, batch: batch, learningRate: learningRate, nesterov: false,
      augmentation: Augmentation(cutout: cutout))
    plan.dropPathKeep = dropPathKeep
    plan.auxiliaryWeight = auxiliaryWeight
    return plan
  }
}
