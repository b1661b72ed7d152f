package io.diskimage.spark;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the connector may know of the format module. */
@AnalyzeClasses(
    packages = "io.diskimage.spark",
    importOptions = ImportOption.DoNotIncludeTests.class)
class LayerRulesTest {

  @ArchTest
  static final ArchRule KNOWS_NO_DRIVER =
      noClasses()
          .that()
          .resideInAPackage("io.diskimage.spark..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.diskimage.format.qcow2..",
              "io.diskimage.format.parallels..",
              "io.diskimage.format.bundle..",
              "io.diskimage.format.vhd..",
              "io.diskimage.format.vdi..",
              "io.diskimage.format.raw..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule USES_ONLY_THE_PUBLIC_FORMAT_PACKAGES =
      noClasses()
          .that()
          .resideInAPackage("io.diskimage.spark..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.diskimage.format..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "io.diskimage.format",
                              "io.diskimage.format.chain",
                              "io.diskimage.format.check"))))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule ONLY_THE_INDEX_KNOWS_PARQUET =
      noClasses()
          .that()
          .resideInAPackage("io.diskimage.spark..")
          .and()
          .resideOutsideOfPackage("io.diskimage.spark.index..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.parquet..");

  @ArchTest
  static final ArchRule AN_INDEX_IS_READ_WITHOUT_A_SESSION =
      noClasses()
          .that()
          .resideInAPackage("io.diskimage.spark.index..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "org.apache.spark",
                      "org.apache.spark.api..",
                      "org.apache.spark.sql",
                      "org.apache.spark.sql.classic..",
                      "org.apache.spark.sql.execution..")
                  .as("belong to a session"));

  @ArchTest
  static final ArchRule IMAGES_ARE_PUBLISHED_WITHOUT_SPARK =
      noClasses()
          .that()
          .resideInAPackage("io.diskimage.spark.publish..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.spark..");
}
