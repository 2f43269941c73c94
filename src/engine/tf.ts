/** The one door to tfjs: its core with all gradients registered, so that every tensor of the project is differentiable. */
import '@tensorflow/tfjs-core/dist/register_all_gradients';

export * from '@tensorflow/tfjs-core';
