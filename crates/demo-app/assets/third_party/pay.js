/* PayKit, a payment provider that does not exist. Draws its card field in a frame of its own origin. */
(function () {
  'use strict';
  var origin = new URL(document.currentScript.src).origin;

  window.PayKit = function (key) {
    return {
      mount: function (selector, ready) {
        var place = document.querySelector(selector);
        var frame = document.createElement('iframe');
        frame.src = origin + '/v3/card?key=' + encodeURIComponent(key);
        frame.title = 'Secure card field';
        frame.setAttribute('scrolling', 'no');
        frame.style.cssText = 'border:0;width:100%;height:132px;display:block;color-scheme:light';
        frame.addEventListener('load', function () { if (ready) ready(); });
        place.replaceChildren(frame);
        return frame;
      },
      confirm: function (frame) {
        return new Promise(function (resolve, reject) {
          var timer = setTimeout(function () { reject(new Error('PayKit: no answer')); }, 10000);
          window.addEventListener('message', function listener(event) {
            if (event.origin !== origin || !event.data || event.data.kind !== 'paykit.confirmed') return;
            clearTimeout(timer);
            window.removeEventListener('message', listener);
            resolve(event.data.payment);
          });
          frame.contentWindow.postMessage({ kind: 'paykit.confirm' }, origin);
        });
      }
    };
  };
})();
