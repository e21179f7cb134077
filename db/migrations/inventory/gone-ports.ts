import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Ports and sensors of a device are found whether it still reports them or not. */
export class GonePorts1797400000000 implements MigrationInterface {
  name = 'GonePorts1797400000000'

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX interface_of_device ON interface (device_id)')
    await runner.query('CREATE INDEX sensor_of_device ON sensor (device_id)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX interface_of_device, sensor_of_device')
  }
}
