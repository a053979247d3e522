/** A container that somebody else's tool started: it must survive whatever we clean up. */
import type { StartedTestContainer } from 'testcontainers';
import type { Engine } from '../find/index.ts';

export async function startStranger(engine: Engine, image: string): Promise<StartedTestContainer> {
  const before = { ...process.env };
  process.env['DOCKER_HOST'] = engine.socket.startsWith('/') ? `unix://${engine.socket}` : engine.socket;
  // A private engine has no bridge network, which would be asked for the host's address.
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] = 'localhost';
  // Its reaper is an image of its own, which would have to be pulled.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  try {
    const { GenericContainer, PullPolicy, Wait } = await import('testcontainers');
    return await new GenericContainer(image)
      .withPullPolicy(PullPolicy.neverPull())
      .withNetworkMode('none')
      .withLabels({ 'com.example': '1' })
      .withCommand(['sh', '-c', 'echo at work; exec sleep 60'])
      .withWaitStrategy(Wait.forLogMessage('at work'))
      .start();
  } finally {
    process.env = before;
  }
}
