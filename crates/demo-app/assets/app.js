/* Proofsheet client, v2.14.1 */
(function () {
  'use strict';

  var config = {
    api: '/api',
    socket: '/ws',
    paymentsKey: '__PAYMENTS_KEY__',
    retryMs: 4000
  };

  window.toggleTheme = function () {
    var root = document.documentElement;
    root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
    localStorage.theme = root.dataset.theme;
  };

  window.toast = function (text) {
    var note = document.createElement('div');
    note.className = 'toast';
    note.textContent = text;
    document.body.append(note);
    setTimeout(function () { note.remove(); }, 2600);
  };

  /* Lightbox */
  var shown = -1;
  function shots() { return Array.from(document.querySelectorAll('.shot > a')); }
  function show(index) {
    var all = shots();
    shown = (index + all.length) % all.length;
    var link = all[shown];
    document.getElementById('lightbox-image').src = link.dataset.full;
    document.getElementById('lightbox-image').alt = link.dataset.title;
    document.getElementById('lightbox-title').textContent = link.dataset.title;
    document.getElementById('lightbox-link').href = link.href;
  }
  window.openLightbox = function (event, link) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return true;
    show(shots().indexOf(link));
    document.getElementById('lightbox').showModal();
    return false;
  };
  window.stepLightbox = function (by) { show(shown + by); };
  window.closeLightbox = function (event) {
    if (event.target.id === 'lightbox' || event.target.tagName === 'FIGURE') document.getElementById('lightbox').close();
  };
  document.addEventListener('keydown', function (event) {
    if (!document.getElementById('lightbox').open) return;
    if (event.key === 'ArrowRight') window.stepLightbox(1);
    if (event.key === 'ArrowLeft') window.stepLightbox(-1);
  });

  /* Likes, told to everyone over the socket */
  function paintLikes(photo, likes) {
    document.querySelectorAll('.like[data-photo="' + photo + '"]').forEach(function (button) {
      button.querySelector('span').textContent = likes;
      button.classList.add('bumped');
      setTimeout(function () { button.classList.remove('bumped'); }, 400);
    });
  }
  window.like = function (photo, button) {
    button.classList.add('liked');
    fetch(config.api + '/photos/' + photo + '/like', { method: 'POST' })
      .then(function (response) { return response.json(); })
      .then(function (answer) { paintLikes(photo, answer.likes); });
  };
  function listen() {
    var socket = new WebSocket(location.origin.replace('http', 'ws') + config.socket);
    socket.onmessage = function (message) {
      var event = JSON.parse(message.data);
      if (event.kind === 'like') paintLikes(event.photo, event.likes);
    };
    socket.onclose = function () { setTimeout(listen, config.retryMs); };
  }
  if (document.querySelector('.like')) listen();

  /* The live line of a studio */
  var line = document.getElementById('live-line');
  if (line) {
    var stream = new EventSource(config.api + '/events/stream');
    stream.addEventListener('visitors', function (event) {
      line.textContent = JSON.parse(event.data).visitors + ' people are looking at this gallery';
    });
  }

  window.copyLink = function (button) {
    var link = new URL(button.dataset.link, location.href).href;
    if (navigator.clipboard) navigator.clipboard.writeText(link);
    window.toast('Link copied');
  };

  window.dropFiles = function (event, form) {
    event.preventDefault();
    form.querySelector('input[type=file]').files = event.dataTransfer.files;
    form.submit();
  };

  window.fillLogin = function (email, password) {
    document.querySelector('input[name=email]').value = email;
    document.querySelector('input[name=password]').value = password;
  };

  /* Refunds from the browser, "for now": the key that must never be here. */
  window.refund = function (payment) {
    return fetch('https://api.paykit.example/v1/refunds', {
      method: 'POST',
      headers: { authorization: 'Bearer ' + config.paymentsKey },
      body: new URLSearchParams({ payment: payment })
    });
  };
})();
