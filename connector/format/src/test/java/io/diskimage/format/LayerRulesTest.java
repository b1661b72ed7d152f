package io.diskimage.format;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;

/** Which package of the format module may depend on which. */
@AnalyzeClasses(
    packages = "io.diskimage.format",
    importOptions = ImportOption.DoNotIncludeTests.class)
class LayerRulesTest {

  private static final String ROOT = "io.diskimage.format";

  /** One package for each image format; add a format here when its driver is added. */
  private static final List<String> DRIVERS =
      List.of("qcow2", "parallels", "bundle", "vhd", "vdi", "raw");

  @ArchTest
  static final ArchRule KNOWS_NO_ENGINE =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule USES_ONLY_JDK_SLF4J_ZSTD_AND_JZLIB =
      classes()
          .that()
          .resideInAPackage(ROOT + "..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "javax..",
              "org.slf4j..",
              "com.github.luben.zstd..",
              "com.jcraft.jzlib..",
              ROOT + "..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule CHECK_KNOWS_NO_DRIVER =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".check..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              DRIVERS.stream().map(LayerRulesTest::driverPackage).toArray(String[]::new))
          .allowEmptyShould(true);

  @ArchTest
  static void onlyTheDriverItselfKnowsItsPackage(JavaClasses classes) {
    for (String driver : DRIVERS) {
      noClasses()
          .that()
          .resideOutsideOfPackage(driverPackage(driver))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(driverPackage(driver))
          .allowEmptyShould(true)
          .check(classes);
    }
  }

  private static String driverPackage(String driver) {
    return ROOT + "." + driver + "..";
  }
}
