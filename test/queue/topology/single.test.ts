import { testRedisUrl } from '../../support/redis.js';
import { topologyContract } from './topology-contract.js';

topologyContract('one server', async () => ({
  settings: { REDIS_URL: testRedisUrl() },
  close: async () => {},
}));
